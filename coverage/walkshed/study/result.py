"""The tables of one study, and what they were made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ..network import WalkNetwork
from ..scenario import Scenario
from ..settings import StudySettings
from ..siting import SitingPlan, StagedPlan
from ..sources.beside_posts import BesidePosts
from ..sources.choose import OpenedSource
from ..sources.city_posts import CityPosts
from ..standards import AccessStandard, Band, StaffingNorm, WalkingProfile
from .areas import StudyAreas
from .residents import Population
from .score_tables import ScoreTables


@dataclass(frozen=True, eq=False)
class StudyResult:
    """All tables of one study. Geometry is in `crs` (metres) but for zones (EPSG:4326).

    Attributes
    ----------
    settings, opened, crs, network
        What it was made from.
    profile, standard, planning_band, staffing
        Walking profile, access standard, its band that new posts are planned for, and the norm of
        residents for each inspector, if the study names one.
    posts
        Existing posts that residents can walk into, and where they meet the street (`edge`,
        `offset_m`, `access_m`, `snap_status`).
    known
        How many posts are known and located, which were left out as double, where the registry
        and OpenStreetMap contradict each other, and what became of posts without coordinates.
    beside
        What the study has beside its posts: counts of inspectors, precincts, staff figures and
        incident cells.
    population
        Doors with their residents, by which rule these came there, and who says so.
    doors
        One row a door: residents, where it meets the street, its zones, its nearest post and how
        many are within the planning band (`posts_within`), its second nearest post and
        `detour_index`, now and with the plan built (`_after`); `band` and `within_standard`;
        where the standard is in metres `nearest_m` and `limit_m` too.
    hexagons, neighbourhoods, districts, city
        Scores of each zone (see `scores.zone_scores`), now and `_after`, its `doors` and known
        age groups; `city` has one row, under the city's name. Doors outside all neighbourhoods
        are summed in the row "outside", which has no geometry, and so are those outside all city
        districts; a study without districts has an empty table of them.
    white_spots
        Neighbourhoods by how many residents are beyond the planning band, with their streets.
    areas
        Service areas, their rings, catchments and counts of posts in reach, each by `scenario`
        ("existing", "after"); nothing is counted from their polygons.
    candidates
        Candidate sites with why they are, excluded ones with their reason.
    scenario, doors_changed
        The scenario that was applied (None without one), and the doors whose walk it changes
        (`minutes_before`, `minutes_after`, `minutes_saved`, `change`, `residents`, `post_before`,
        `post_after`, `not_reached_reason`: why it reaches no post any more).
    plan, proposed
        The plan, and its sites in building order as a table of points.
    staged
        The same number of posts built year by year; None unless the study has `siting.stages`.
    sites
        Sites of the best plan of every size and of the stages, by `site_id`.
    scores
        Its further tables: opening hours, walking profiles, workload, uncertainty, equipment,
        housing of inspectors.
    summary
        The headline numbers, as written to `summary.json`.
    """

    settings: StudySettings
    opened: OpenedSource
    crs: str
    network: WalkNetwork
    profile: WalkingProfile
    standard: AccessStandard
    planning_band: Band
    staffing: StaffingNorm
    posts: gpd.GeoDataFrame
    known: CityPosts
    beside: BesidePosts
    population: Population
    doors: gpd.GeoDataFrame
    hexagons: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    city: pd.DataFrame
    white_spots: pd.DataFrame
    areas: StudyAreas
    candidates: gpd.GeoDataFrame
    scenario: Scenario | None
    doors_changed: pd.DataFrame
    plan: SitingPlan
    proposed: gpd.GeoDataFrame
    staged: StagedPlan | None
    sites: gpd.GeoDataFrame
    scores: ScoreTables
    summary: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"StudyResult({self.settings.city}, {self.opened.source}: {self.plan!r})"
