"""How many threads a search may use."""

import os

from ..errors import SettingsError

VARIABLE = "WALKSHED_THREADS"


def threads() -> int:
    """Give the number in WALKSHED_THREADS, or as many as there are processors.

    No result depends on it. Where many studies run side by side one each is best.

    Raises
    ------
    SettingsError
        The variable is no whole number above 0.
    """
    said = os.environ.get(VARIABLE, "")
    if not said:
        return os.cpu_count() or 1
    if not said.isdecimal() or int(said) < 1:
        raise SettingsError(f"{VARIABLE} = {said!r}: give a whole number above 0, or unset it")
    return int(said)
