"""Survey a city: its sources opened, its posts and doors on the streets, before any choice."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd

from ..demand import demand_points, residential_buildings, scaled_to_totals, with_zone
from ..errors import SettingsError, SourceError, TableError
from ..network import metric_crs
from ..settings import SourceName, StudySettings
from ..sources.choose import OpenedSource, open_source
from ..sources.city_posts import CityPosts, city_posts
from ..sources.osm import OsmExtract
from ..sources.zones import hexagon_ids, neighbourhoods
from ..standards import WalkingProfile, housing_defaults
from .walk import Walk, study_network, walk_from_doors

Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Survey:
    """A city as its sources have it.

    Attributes
    ----------
    opened, crs
        The source, and the metric CRS of all that follows.
    known
        The posts, in EPSG:4326.
    areas
        Neighbourhoods, in EPSG:4326.
    walk
        Network, posts and doors on it, and the nearest post of each door.
    """

    opened: OpenedSource
    crs: str
    known: CityPosts
    areas: gpd.GeoDataFrame
    walk: Walk


def survey_city(
    settings: StudySettings,
    profile: WalkingProfile,
    *,
    tell: Tell,
    source: SourceName | None = None,
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

    Raises
    ------
    InputError
        An input cannot be used.
    """
    tell("reading OpenStreetMap")
    opened = open_source(settings.source, source, study=settings.name)
    tell(f"source: {opened.source}" + "".join(f" ({why})" for why in opened.passed_over))
    extract = opened.extract
    crs = metric_crs(extract.bounds)
    known = city_posts(settings.posts, opened)
    tell("building the walking network")
    network = study_network(settings.walk, extract, profile, crs=crs)
    areas = neighbourhoods(extract, settings.zones)
    doors = _doors(settings, extract, areas, crs)
    tell("walking from every door")
    posts = known.posts.to_crs(crs)
    walk = walk_from_doors(settings.walk, network, extract, profile, posts, doors)
    return Survey(opened, crs, known, areas, walk)


def _doors(
    settings: StudySettings, extract: OsmExtract, areas: gpd.GeoDataFrame, crs: str
) -> gpd.GeoDataFrame:
    """Residents at doors and the neighbourhood and hexagon of each."""
    housing = housing_defaults()
    known = settings.residents
    homes = residential_buildings(extract.areas, crs=crs, housing=housing)
    try:
        doors = demand_points(homes, housing=housing, residents=known.total)
    except SourceError as error:
        raise SourceError(f"{extract.name}: {error}") from error
    zone = with_zone(doors, areas, "neighbourhoods")
    if known.by_neighbourhood:
        ids = dict(zip(areas["name"], areas.index, strict=True))
        totals = {ids.get(name, name): total for name, total in known.by_neighbourhood.items()}
        try:
            doors["residents"] = scaled_to_totals(
                doors["residents"], zone, totals, city=known.total
            )
        except TableError as error:
            raise SettingsError(
                f"{settings.name}: `residents.by_neighbourhood`: {error}"
            ) from error
    cells = hexagon_ids(doors.geometry, settings.zones.hexagon_resolution)
    return doors.assign(neighbourhood_id=zone.replace("", "outside"), hexagon_id=cells)
