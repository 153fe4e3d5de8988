"""The posts of a study: a registry and OpenStreetMap joined, and how many are known at all."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ..errors import InputError
from ..settings import PostsSettings
from .choose import OpenedSource
from .gazetteer import gazetteer
from .matching import match_posts, not_looked_for
from .merged_posts import conflict_table, merge_posts
from .osm import OsmExtract
from .posts import (
    LocatedCount,
    existing,
    located,
    located_count,
    of_settlement,
    posts_from_osm,
    read_registry,
    walk_in,
)

NOWHERE = "a schematic city has no places of real posts"


@dataclass(frozen=True, eq=False)
class CityPosts:
    """Posts that residents can walk into, and what is known of all posts.

    Attributes
    ----------
    every
        All posts of the city, planned, closed and unlocated ones too, in EPSG:4326.
    posts
        Existing, located posts of all kinds but transport police, in EPSG:4326.
    count
        Known existing posts of the city, and those of them with coordinates.
    left_out
        Posts of OpenStreetMap taken to be a registry row again: `kept_post_id`, `distance_m`.
    conflicts
        Where the registry and OpenStreetMap contradict each other, see `MergedPosts`.
    registered
        The registry as it was read, posts of other settlements too, or no rows: what it says of
        staff is about the real city, also where the posts are those of a schematic one.
    matches
        One row for each post of the registry without coordinates: the thing of OpenStreetMap that
        its words name, or why it stays unlocated; see `matching.match_posts`.
    notes
        What the user of the registry should know of it, see `RegistryRead`.
    """

    every: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame
    count: LocatedCount
    left_out: pd.DataFrame
    conflicts: pd.DataFrame
    registered: gpd.GeoDataFrame
    matches: pd.DataFrame
    notes: tuple[str, ...]


def city_posts(settings: PostsSettings, opened: OpenedSource, *, crs: Any) -> CityPosts:
    """Gather the posts of a study.

    A schematic city brings its own posts; the registry of the real one then only says how many
    are known. Otherwise, and where the registry is made up as the city is, the posts are the
    registry's and OpenStreetMap's together; those of the registry that have no coordinates are
    looked up by their words, but never in a schematic city.

    Parameters
    ----------
    settings
        The registry, and whether posts of OpenStreetMap count.
    opened
        The study's source.
    crs
        A metric CRS for the area.

    Raises
    ------
    InputError
        There is no post that residents could walk to and the settings do not say so, or they do
        and there is one; or a made-up registry is to be laid over a real city.
    """
    if settings.schematic and not opened.is_schematic:
        raise InputError(
            f"{settings.registry or opened.extract.name}: the registry is made up "
            "(`posts.schematic`) and the data are not; leave the key out, or run with "
            "`--source schematic`"
        )
    brings_own = opened.is_schematic and not settings.schematic
    found = police_of(opened.extract, origin="schematic" if opened.is_schematic else "osm")
    if not settings.osm and not opened.is_schematic:
        found = found.iloc[:0]
    left_out, conflicts = pd.DataFrame(columns=["kept_post_id", "distance_m"]), conflict_table()
    every, registered, matches = found, found.iloc[:0], not_looked_for(found.iloc[:0], "")
    notes: tuple[str, ...] = ()
    if settings.registry is None:
        posts, count = found, located_count(found)
    else:
        extent = None if brings_own else opened.extract.bounds
        read = read_registry(settings.registry, extent=extent, crs=settings.crs)
        registered, notes = read.usable_posts(), read.told_notes()
        registry = of_city(registered, settings)
        if brings_own:
            posts, count = found, located_count(registry)
            matches = not_looked_for(registry, NOWHERE)
        else:
            registry, matches = _located(registry, found, settings, opened, crs=crs)
            merged = merge_posts(registry, found)
            posts, left_out, conflicts = merged.posts, merged.dropped, merged.conflicts
            every = pd.concat([posts, registry[registry.geometry.isna()]])
            unlocated = existing(registry)[existing(registry).geometry.isna()]
            count = located_count(posts)._replace(known=located_count(posts).known + len(unlocated))
    usable = walk_in(existing(located(posts)))
    _check_there_are(max(len(usable), count.known), len(usable), settings, opened)
    return CityPosts(every, usable, count, left_out, conflicts, registered, matches, notes)


def _check_there_are(
    known: int, usable: int, settings: PostsSettings, opened: OpenedSource
) -> None:
    """Refuse a study without posts, unless its settings say that there are none."""
    given = settings.registry or opened.extract.name
    if settings.none and known:
        raise InputError(
            f"{given}: `posts.none` says that there is no post, but {known} are known; leave the "
            "key out"
        )
    if not settings.none and not usable:
        raise InputError(
            f"{given}: no existing post with coordinates; add one to the registry of posts, give "
            "an extract with `amenity=police`, or say `none = true` under [posts] where there "
            "really is none"
        )


def _located(
    registry: gpd.GeoDataFrame,
    found: gpd.GeoDataFrame,
    settings: PostsSettings,
    opened: OpenedSource,
    *,
    crs: Any,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    if opened.is_schematic:
        return registry.assign(location_source=""), not_looked_for(registry, NOWHERE)
    return located_by_words(registry, found, settings, opened.extract, crs=crs)


def located_by_words(
    registry: gpd.GeoDataFrame,
    osm: gpd.GeoDataFrame,
    settings: PostsSettings,
    extract: OsmExtract,
    *,
    crs: Any,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Look up the posts without coordinates, see `match_posts`; never in a schematic city."""
    missing = registry[registry.geometry.isna().to_numpy()]
    if not len(missing):
        return registry.assign(location_source=""), not_looked_for(registry, "")
    names = gazetteer(extract, crs=crs)
    return match_posts(registry, osm, names, home=settings.settlement or "")


def of_city(registered: gpd.GeoDataFrame, settings: PostsSettings) -> gpd.GeoDataFrame:
    """Keep the posts of the study's settlement, all where it names none."""
    return of_settlement(registered, settings.settlement) if settings.settlement else registered


def police_of(extract: OsmExtract, *, origin: str = "osm") -> gpd.GeoDataFrame:
    """Take the posts of an extract, its `amenity=police`, see `posts_from_osm`."""
    tagged = pd.concat([extract.points, extract.areas])
    police = gpd.GeoDataFrame(tagged[tagged["amenity"] == "police"].reset_index())
    posts = posts_from_osm(police, origin=origin, source_date=extract.osm_date)
    return posts.assign(location_source="")
