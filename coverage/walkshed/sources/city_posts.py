"""The posts of a study: a registry and OpenStreetMap joined, and how many are known at all."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ..errors import InputError
from ..settings import PostsSettings
from .choose import OpenedSource
from .merged_posts import conflict_table, merge_posts
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
    notes
        What the user of the registry should know of it, see `RegistryRead`.
    """

    every: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame
    count: LocatedCount
    left_out: pd.DataFrame
    conflicts: pd.DataFrame
    registered: gpd.GeoDataFrame
    notes: tuple[str, ...]


def city_posts(settings: PostsSettings, opened: OpenedSource) -> CityPosts:
    """Gather the posts of a study.

    A schematic city brings its own posts; the registry of the real one then only says how many
    are known. Otherwise the posts are the registry's and OpenStreetMap's together.

    Raises
    ------
    InputError
        There is no post that residents could walk to.
    """
    found = _from_osm(opened)
    if not settings.osm and not opened.is_schematic:
        found = found.iloc[:0]
    left_out, conflicts = pd.DataFrame(columns=["kept_post_id", "distance_m"]), conflict_table()
    every, registered = found, found.iloc[:0]
    notes: tuple[str, ...] = ()
    if settings.registry is None:
        posts, count = found, located_count(found)
    else:
        extent = None if opened.is_schematic else opened.extract.bounds
        read = read_registry(settings.registry, extent=extent, crs=settings.crs)
        registered, notes = read.usable_posts(), read.told_notes()
        registry = of_city(registered, settings)
        if opened.is_schematic:
            posts, count = found, located_count(registry)
        else:
            merged = merge_posts(registry, found)
            posts, left_out, conflicts = merged.posts, merged.dropped, merged.conflicts
            every = pd.concat([posts, registry[registry.geometry.isna()]])
            unlocated = existing(registry)[existing(registry).geometry.isna()]
            count = located_count(posts)._replace(known=located_count(posts).known + len(unlocated))
    usable = walk_in(existing(located(posts)))
    if not len(usable):
        raise InputError(
            f"{settings.registry or opened.extract.name}: no existing post with coordinates; add "
            "one to the registry of posts, or give an extract with `amenity=police`"
        )
    return CityPosts(every, usable, count, left_out, conflicts, registered, notes)


def of_city(registered: gpd.GeoDataFrame, settings: PostsSettings) -> gpd.GeoDataFrame:
    """Keep the posts of the study's settlement, all where it names none."""
    return of_settlement(registered, settings.settlement) if settings.settlement else registered


def _from_osm(opened: OpenedSource) -> gpd.GeoDataFrame:
    extract = opened.extract
    tagged = pd.concat([extract.points, extract.areas])
    police = gpd.GeoDataFrame(tagged[tagged["amenity"] == "police"].reset_index())
    origin = "schematic" if opened.is_schematic else "osm"
    return posts_from_osm(police, origin=origin, source_date=extract.osm_date)
