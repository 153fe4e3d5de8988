"""Who can walk to a police post, who cannot, and where the next posts should stand.

>>> import walkshed as ws
>>> settings = ws.read_settings(Path("data/monaco/study.toml"))  # doctest: +SKIP
>>> study = ws.run_study(settings)  # doctest: +SKIP
>>> ws.study_map_of(study)  # doctest: +SKIP

Or step by step: `read_osm`, `build_network`, `apply_profile`, `simplify`, `snap`,
`nearest_facility`, `coverage_scores`, `candidate_sites`, `walking_times`, `mclp`.
"""

from .candidates import candidate_sites, exclusion_zones, public_places
from .demand import (
    cell_doors,
    demand_points,
    residential_buildings,
    residents_by_rule,
    scaled_to_totals,
    with_planned,
    with_zone,
)
from .errors import WalkshedError
from .network import (
    Ground,
    WalkNetwork,
    allocate_ground,
    apply_profile,
    barrier_lines,
    build_network,
    components_of,
    explain_network,
    fence_lines,
    metric_crs,
    pedestrian_rules,
    read_elevation,
    simplify,
    snap,
)
from .network.snapshot import load_network, save_network
from .scenario import (
    Scenario,
    apply_to_network,
    apply_to_posts,
    doors_changed,
    read_scenario,
    write_scenario,
)
from .scores import coverage_scores, not_reached, weighted_quantile
from .service_areas import (
    catchments,
    reach_counts,
    rings,
    service_areas,
    service_areas_by_post,
)
from .settings import StudySettings, read_settings
from .siting import SitingPlan, mclp
from .sources.osm import OsmExtract, Streets, read_osm, read_streets
from .sources.population import read_cells, read_planned, read_points, read_totals
from .sources.population_raster import population_cells
from .sources.posts import posts_from_osm, read_posts
from .standards import access_standard, housing_defaults, walking_profile
from .study import StudyResult, run_study, study_map_of, write_study
from .travel_times import (
    TravelTimes,
    nearest_facilities,
    nearest_facility,
    one_to_all,
    reached_streets,
    walking_path,
    walking_times,
    within,
)

__version__ = "0.1.0"

__all__ = [
    "Ground",
    "OsmExtract",
    "Scenario",
    "SitingPlan",
    "Streets",
    "StudyResult",
    "StudySettings",
    "TravelTimes",
    "WalkNetwork",
    "WalkshedError",
    "access_standard",
    "allocate_ground",
    "apply_profile",
    "apply_to_network",
    "apply_to_posts",
    "barrier_lines",
    "build_network",
    "candidate_sites",
    "catchments",
    "cell_doors",
    "components_of",
    "coverage_scores",
    "demand_points",
    "doors_changed",
    "exclusion_zones",
    "explain_network",
    "fence_lines",
    "housing_defaults",
    "load_network",
    "mclp",
    "metric_crs",
    "nearest_facilities",
    "nearest_facility",
    "not_reached",
    "one_to_all",
    "pedestrian_rules",
    "population_cells",
    "posts_from_osm",
    "public_places",
    "reach_counts",
    "reached_streets",
    "read_cells",
    "read_elevation",
    "read_osm",
    "read_planned",
    "read_points",
    "read_posts",
    "read_scenario",
    "read_settings",
    "read_streets",
    "read_totals",
    "residential_buildings",
    "residents_by_rule",
    "rings",
    "run_study",
    "save_network",
    "scaled_to_totals",
    "service_areas",
    "service_areas_by_post",
    "simplify",
    "snap",
    "study_map_of",
    "walking_path",
    "walking_profile",
    "walking_times",
    "weighted_quantile",
    "with_planned",
    "with_zone",
    "within",
    "write_scenario",
    "write_study",
]
