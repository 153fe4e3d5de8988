"""One study from its settings to its results and files.

    settings = read_settings(Path("data/monaco/study.toml"))
    study = run_study(settings)
    study.summary["share_within"]
    write_study(study, Path("maps/monaco"))

Every step is a function of another module; an analyst can call each by itself.
"""

from .files import study_map_of, write_study
from .result import StudyResult
from .run import run_study

__all__ = ["StudyResult", "run_study", "study_map_of", "write_study"]
