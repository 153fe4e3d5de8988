"""Findings about the inputs of a study: what is wrong, where, whom it touches, what to do.

    findings = examine_study(settings, today=date.today())

Each check is a function that takes what a study computes anyway and yields findings: `inputs`,
`posts`, `people`, `doors`, `streets`, `barriers` and `missing_crossings` (railways and
rivers), `tags`. From where on a
check speaks up stands in `standards/doctor.toml`. A finding is a question, not a verdict: only a
look at the place tells a wall from a missing junction.
"""

from .examine import examine_study, findings_in_words
from .findings import SEVERITIES, Finding

__all__ = ["SEVERITIES", "Finding", "examine_study", "findings_in_words"]
