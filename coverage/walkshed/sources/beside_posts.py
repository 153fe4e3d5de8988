"""What a study may have beside its posts: inspectors, precincts, staff figures, incidents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ..settings import PostsSettings
from ._coordinates import Extent
from .city_posts import of_city
from .establishment import establishment_summary, no_figures, read_establishment
from .housing import district_of_inspectors, housing_counts
from .incidents import read_incidents
from .inspectors import inspector_counts, read_inspectors
from .precincts import read_precincts


@dataclass(frozen=True, eq=False)
class BesidePosts:
    """What was read; nothing there is None or an empty list.

    Attributes
    ----------
    inspectors
        Counts of the list of inspectors: no person, and no home, gets further than these three.
    inspectors_by_post
        How many of the list serve at each post that it names.
    housing
        By city district or precinct (`level`), how many live outside their precinct, small counts
        left out; see `housing_counts`.
    precincts
        Polygons by `precinct_id`.
    figures
        Staff and plans of places, each with its source, see `read_establishment`.
    incident_cells, incidents
        Cells with their number of incidents, and counts of all.
    notes
        What the users of these files should know of them.
    """

    inspectors: dict[str, Any] | None
    inspectors_by_post: pd.Series | None
    housing: pd.DataFrame | None
    precincts: gpd.GeoDataFrame | None
    figures: pd.DataFrame
    incident_cells: gpd.GeoDataFrame | None
    incidents: dict[str, Any] | None
    notes: tuple[str, ...]

    @property
    def places(self) -> list[dict[str, Any]]:
        """Staff and plans of each place, the latest period of each, see `establishment_summary`."""
        return establishment_summary(self.figures)


def beside_posts(
    settings: PostsSettings,
    registered: gpd.GeoDataFrame,
    *,
    crs: str,
    extent: Extent | None,
    districts: gpd.GeoDataFrame | None = None,
) -> BesidePosts:
    """Read the files that a study names beside its registry.

    Parameters
    ----------
    settings
        The study's table `[posts]`.
    registered
        The registry as it was read: inspectors serve at one of its posts, and those at posts of
        other settlements are not counted.
    crs, extent
        CRS of the incident cells, metric; the study's area in degrees, None when the city is made
        up: places of the real one are then left out, and that is told.
    districts
        City districts, in EPSG:4326; inspectors are counted by these where there are any, else by
        precinct. Never by both: the one would give away what the other does not tell.

    Raises
    ------
    SourceError, TableError, CRSError
        When one of the files cannot be used.
    """
    notes: list[str] = []
    precincts = inspectors = by_post = housing = cells = incidents = None
    figures = no_figures()
    if settings.precincts:
        precincts, told = read_precincts(settings.precincts)
        notes += [*told, *_unknown_precincts(registered, precincts)]
    if settings.inspectors:
        ids = registered.index if settings.registry else None
        people, told = read_inspectors(settings.inspectors, precincts=precincts, post_ids=ids)
        if settings.registry:
            people = people[people["post"].isin(["", *of_city(registered, settings).index])]
        inspectors = inspector_counts(people)
        by_post = people["post"][people["post"] != ""].value_counts().sort_index()
        if districts is None or districts.empty or extent is None:
            housing = housing_counts(people, people["precinct"]).assign(level="precinct")
        else:
            served = district_of_inspectors(people, registered, precincts, districts)
            housing = housing_counts(people, served).assign(level="district")
        notes += told
    if settings.establishment:
        figures, told = read_establishment(settings.establishment)
        notes += told
    real_places = [path.name for path in (settings.precincts, settings.incidents) if path]
    if extent is None and real_places:
        notes.append(f"{', '.join(real_places)}: the city is made up; places left out")
        precincts = None
    elif settings.incidents:
        cells, incidents, told = read_incidents(settings.incidents, crs=crs, extent=extent)
        notes += told
    return BesidePosts(
        inspectors, by_post, housing, precincts, figures, cells, incidents, tuple(notes)
    )


def _unknown_precincts(posts: gpd.GeoDataFrame, precincts: gpd.GeoDataFrame) -> Iterator[str]:
    """Look for posts whose precincts, parted by commas or semicolons, are not among the known."""
    if "precinct" not in posts.columns:
        return
    for post_id, text in posts["precinct"].items():
        named = [number.strip() for number in re.split("[,;]", text)]
        for number in (name for name in named if name and name not in precincts.index):
            yield f"post `{post_id}`: the precinct `{number}` is not among the precincts"
