"""Who can walk to a police post, who cannot, and where the next posts should stand.

>>> import walkshed as ws
>>> settings = ws.read_settings(Path("data/monaco/study.toml"))  # doctest: +SKIP
>>> study = ws.run_study(settings)  # doctest: +SKIP
>>> ws.study_map_of(study)  # doctest: +SKIP

Or step by step::

    read       read_osm, read_posts, posts_from_osm, read_cells, read_totals, read_scenario
    network    build_network, apply_profile, simplify, snap, explain_network, save_network
    residents  residential_buildings, residents_by_rule, demand_points, scaled_to_totals
    access     walking_times, nearest_facility, service_areas, catchments
    scores     coverage_scores, equity_scores, backup_scores, detour_index, zone_scores
    staff      two_step_fca, enhanced_two_step_fca, three_step_fca, workload_scores, opening_scores
    sites      candidate_sites, exclusion_zones, public_places

Two runs, or one before and after its plan, side by side::

    compare    read_run, state_of, compare_states, comparison_in_words, comparison_map_of,
               write_comparison

Where the next posts should stand is a `SitingProblem` (of `walking_times`) under `SitingRules`,
and any model answers with a `SitingPlan`::

    most good for so many posts     mclp, gradual_coverage, p_median, p_center
    as little as will do            lscp, least_cost_cover
    a second post, room for all     backup_coverage, capacitated_coverage
    fair to each neighbourhood      worst_neighbourhood, mclp_with_least_share
    other questions to any model    with_kinds, with_need
    any model asked again           whole_curve, staged_plan, best_alternatives, robustness
    two aims at once                pareto_front
    who is served where             allocation, post_loads, residents_by_posts, figures_of
    why not                         refuse_clashes, unreachable_doors, least_cutoff_min
    what a zone lacks               shortfall
    a post, a move or an inspector  compare_spending
"""

from .candidates import candidate_sites, exclusion_zones, public_places
from .compare import (
    Comparison,
    compare_states,
    comparison_in_words,
    comparison_map_of,
    state_of,
    write_comparison,
)
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
from .reports import RunTables, read_run
from .scenario import (
    Scenario,
    apply_to_network,
    apply_to_posts,
    doors_changed,
    read_scenario,
    write_scenario,
)
from .scores import (
    backup_scores,
    coverage_scores,
    detour_index,
    enhanced_two_step_fca,
    equipment_counts,
    equity_scores,
    group_scores,
    not_reached,
    open_in_week,
    opening_scores,
    region_posts,
    region_table,
    second_nearest,
    step_weight,
    three_step_fca,
    two_step_fca,
    weighted_quantile,
    white_spots,
    workload_scores,
    zone_scores,
)
from .service_areas import (
    catchments,
    reach_counts,
    rings,
    service_areas,
    service_areas_by_post,
)
from .settings import StudySettings, read_settings
from .siting import (
    Clash,
    ParetoFront,
    PlanFacts,
    PlanFigures,
    Robustness,
    SitingPlan,
    SitingProblem,
    SitingRules,
    StagedPlan,
    allocation,
    backup_coverage,
    beside_residents,
    best_alternatives,
    capacitated_coverage,
    compare_spending,
    figures_of,
    gradual_coverage,
    least_cost_cover,
    least_cutoff_min,
    lscp,
    mclp,
    mclp_with_least_share,
    p_center,
    p_median,
    pareto_front,
    plan_facts,
    post_loads,
    problem_of_coverage,
    refuse_clashes,
    residents_by_posts,
    robustness,
    shortfall,
    staged_plan,
    unreachable_doors,
    whole_curve,
    with_kinds,
    with_need,
    worst_neighbourhood,
)
from .sources.osm import OsmExtract, Streets, read_osm, read_streets
from .sources.population import read_cells, read_planned, read_points, read_totals
from .sources.population_raster import population_cells
from .sources.posts import posts_from_osm, read_posts
from .standards import access_standard, housing_defaults, walking_profile
from .study import (
    Search,
    SitedStudy,
    StudyResult,
    rerun,
    run_study,
    site_study,
    study_map_of,
    write_study,
)
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
    "Clash",
    "Comparison",
    "Ground",
    "OsmExtract",
    "ParetoFront",
    "PlanFacts",
    "PlanFigures",
    "Robustness",
    "RunTables",
    "Scenario",
    "Search",
    "SitedStudy",
    "SitingPlan",
    "SitingProblem",
    "SitingRules",
    "StagedPlan",
    "Streets",
    "StudyResult",
    "StudySettings",
    "TravelTimes",
    "WalkNetwork",
    "WalkshedError",
    "access_standard",
    "allocate_ground",
    "allocation",
    "apply_profile",
    "apply_to_network",
    "apply_to_posts",
    "backup_coverage",
    "backup_scores",
    "barrier_lines",
    "beside_residents",
    "best_alternatives",
    "build_network",
    "candidate_sites",
    "capacitated_coverage",
    "catchments",
    "cell_doors",
    "compare_spending",
    "compare_states",
    "comparison_in_words",
    "comparison_map_of",
    "components_of",
    "coverage_scores",
    "demand_points",
    "detour_index",
    "doors_changed",
    "enhanced_two_step_fca",
    "equipment_counts",
    "equity_scores",
    "exclusion_zones",
    "explain_network",
    "fence_lines",
    "figures_of",
    "gradual_coverage",
    "group_scores",
    "housing_defaults",
    "least_cost_cover",
    "least_cutoff_min",
    "load_network",
    "lscp",
    "mclp",
    "mclp_with_least_share",
    "metric_crs",
    "nearest_facilities",
    "nearest_facility",
    "not_reached",
    "one_to_all",
    "open_in_week",
    "opening_scores",
    "p_center",
    "p_median",
    "pareto_front",
    "pedestrian_rules",
    "plan_facts",
    "population_cells",
    "post_loads",
    "posts_from_osm",
    "problem_of_coverage",
    "public_places",
    "reach_counts",
    "reached_streets",
    "read_cells",
    "read_elevation",
    "read_osm",
    "read_planned",
    "read_points",
    "read_posts",
    "read_run",
    "read_scenario",
    "read_settings",
    "read_streets",
    "read_totals",
    "refuse_clashes",
    "region_posts",
    "region_table",
    "rerun",
    "residential_buildings",
    "residents_by_posts",
    "residents_by_rule",
    "rings",
    "robustness",
    "run_study",
    "save_network",
    "scaled_to_totals",
    "second_nearest",
    "service_areas",
    "service_areas_by_post",
    "shortfall",
    "simplify",
    "site_study",
    "snap",
    "staged_plan",
    "state_of",
    "step_weight",
    "study_map_of",
    "three_step_fca",
    "two_step_fca",
    "unreachable_doors",
    "walking_path",
    "walking_profile",
    "walking_times",
    "weighted_quantile",
    "white_spots",
    "whole_curve",
    "with_kinds",
    "with_need",
    "with_planned",
    "with_zone",
    "within",
    "workload_scores",
    "worst_neighbourhood",
    "write_comparison",
    "write_scenario",
    "write_study",
    "zone_scores",
]
