"""Who can walk to a police post, who cannot, and where the next posts should stand.

>>> import walkshed as ws
>>> settings = ws.read_settings(Path("data/monaco/study.toml"))  # doctest: +SKIP
>>> study = ws.run_study(settings)  # doctest: +SKIP
>>> ws.study_map_of(study)  # doctest: +SKIP

Or step by step: `read_osm`, `build_network`, `snap`, `nearest_facility`, `coverage_scores`,
`candidate_sites`, `walking_times`, `mclp`.
"""

from .candidates import candidate_sites, exclusion_zones
from .demand import demand_points, residential_buildings, with_zone
from .errors import WalkshedError
from .network import WalkNetwork, barrier_lines, build_network, metric_crs, snap
from .scores import coverage_scores, weighted_quantile
from .service_areas import service_areas
from .settings import StudySettings, read_settings
from .siting import SitingPlan, mclp
from .sources.osm import OsmExtract, read_osm
from .sources.posts import posts_from_osm, read_posts
from .standards import access_standard, housing_defaults, walking_profile
from .study import StudyResult, run_study, study_map_of, write_study
from .travel_times import TravelTimes, nearest_facility, walking_times, within

__version__ = "0.1.0"

__all__ = [
    "OsmExtract",
    "SitingPlan",
    "StudyResult",
    "StudySettings",
    "TravelTimes",
    "WalkNetwork",
    "WalkshedError",
    "access_standard",
    "barrier_lines",
    "build_network",
    "candidate_sites",
    "coverage_scores",
    "demand_points",
    "exclusion_zones",
    "housing_defaults",
    "mclp",
    "metric_crs",
    "nearest_facility",
    "posts_from_osm",
    "read_osm",
    "read_posts",
    "read_settings",
    "residential_buildings",
    "run_study",
    "service_areas",
    "snap",
    "study_map_of",
    "walking_profile",
    "walking_times",
    "weighted_quantile",
    "with_zone",
    "within",
    "write_study",
]
