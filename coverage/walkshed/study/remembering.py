"""Steps of a study that its scenarios share, and what each follows from.

`run_study` takes a function that may give back what a step made before. Alone, `made_anew` makes
it each time; a batch keeps it on disk.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")

STREETS = ("source", "walk")
"""Settings that the network follows from."""

PEOPLE = ("source", "residents", "zones")
"""Settings that the doors and who lives there follow from."""

WALK = ("source", "posts", "residents", "walk", "zones")
"""Settings that the walk from doors to posts follows from, before any scenario."""

CITY = (*WALK, "scenario")
"""Settings that the walk in the study's scenario follows from, in minutes or by length."""

SITES = (*CITY, "candidates")
"""Settings that candidate sites, and the walks to them, follow from."""


class Remember(Protocol):
    """Give what a step makes, made now or before."""

    def __call__(
        self, step: str, make: Callable[[], T], *, by: Sequence[str], and_by: object = None
    ) -> T:
        """Give what `make` makes.

        Parameters
        ----------
        step
            Name of the step.
        make
            Makes it anew, always the same from the same settings and files.
        by
            Keys of the study's settings that it follows from, with the files they name.
        and_by
            What it follows from besides, as JSON has it.
        """


def made_anew(step: str, make: Callable[[], T], *, by: Sequence[str], and_by: object = None) -> T:
    """Remember nothing."""
    del step, by, and_by
    return make()
