"""Survey a city: its sources opened, its posts and doors on the streets, before any choice."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd

from ..network import metric_crs
from ..settings import SourceName, StudySettings
from ..sources.beside_posts import BesidePosts, beside_posts
from ..sources.choose import OpenedSource, open_source
from ..sources.city_posts import CityPosts, city_posts
from ..sources.zones import districts, neighbourhoods, notes_on
from ..standards import WalkingProfile
from .remembering import PEOPLE, STREETS, Remember, made_anew
from .residents import Population, study_population
from .walk import Walk, study_network, walk_from_doors

Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Survey:
    """A city as its sources have it.

    Attributes
    ----------
    opened, crs
        The source, and the metric CRS of all that follows.
    known, beside
        The posts, in EPSG:4326, and what stands beside them.
    areas, districts, notes
        Neighbourhoods and city districts, in EPSG:4326, and what is to be said of them.
    population
        Residents, and where they come from.
    walk
        Network, posts and doors on it, and the nearest post of each door.
    """

    opened: OpenedSource
    crs: str
    known: CityPosts
    beside: BesidePosts
    areas: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    notes: tuple[str, ...]
    population: Population
    walk: Walk


def survey_city(
    settings: StudySettings,
    profile: WalkingProfile,
    *,
    tell: Tell,
    source: SourceName | None = None,
    remember: Remember = made_anew,
) -> Survey:
    """Read the sources of a study and walk from every door to its nearest post.

    Parameters
    ----------
    settings
        What `read_settings` returns.
    profile
        Who walks.
    tell
        Called with the name of each step as it begins.
    source
        Use this source and no other.
    remember
        Gives what a step made before.

    Raises
    ------
    InputError
        An input cannot be used.
    """
    tell("reading OpenStreetMap")
    opened = remember(
        "source",
        lambda: open_source(settings.source, source, study=settings.name, tell=tell),
        by=["source"],
    )
    tell(f"source: {opened.source}" + "".join(f" ({why})" for why in opened.passed_over))
    extract = opened.extract
    crs = metric_crs(extract.bounds)
    known = city_posts(settings.posts, opened, crs=crs)
    if len(known.matches) and not opened.is_schematic:  # a made-up city holds no real place
        found = (known.matches["osm_id"] != "").sum()
        tell(f"posts without coordinates: {found} of {len(known.matches)} found by their words")
    extent = None if opened.is_schematic else extract.bounds
    parts = districts(extract, settings.zones)
    beside = beside_posts(settings.posts, known.registered, crs=crs, extent=extent, districts=parts)
    tell("building the walking network")
    network = remember(
        "network", lambda: study_network(settings.walk, extract, profile, crs=crs), by=STREETS
    )
    areas = neighbourhoods(extract, settings.zones)
    population = remember(
        "population",
        lambda: study_population(settings, opened, areas, parts, crs=crs),
        by=PEOPLE,
    )
    from_osm = settings.zones.file is None
    notes = notes_on(areas, extract.defects if from_osm else extract.defects.iloc[:0])
    level = settings.zones.district_admin_level
    if parts.empty and level is not None:
        notes += (f"no city districts: no boundary of admin_level {level} closes in the extract",)
    for note in (*notes, *population.notes):
        tell(note)
    tell("walking from every door")
    posts = known.posts.to_crs(crs)
    walk = walk_from_doors(
        settings.walk, network, extract, profile, posts, population.doors, remember=remember
    )
    return Survey(opened, crs, known, beside, areas, parts, notes, population, walk)
