"""One study from its settings to its results and files.

    settings = read_settings(Path("data/monaco/study.toml"))
    study = run_study(settings)
    study.summary["share_within"]
    write_study(study, Path("maps/monaco"))

Every step is a function of another module; an analyst can call each by itself.
"""

from .files import study_map_of, write_study
from .plan import Search, SitedStudy, site_study
from .plan_files import plan_record, write_plan
from .rerun import Difference, Rerun, rerun
from .result import StudyResult
from .run import run_study
from .summary import explained

__all__ = [
    "Difference",
    "Rerun",
    "Search",
    "SitedStudy",
    "StudyResult",
    "explained",
    "plan_record",
    "rerun",
    "run_study",
    "site_study",
    "study_map_of",
    "write_plan",
    "write_study",
]
