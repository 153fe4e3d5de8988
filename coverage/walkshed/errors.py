"""The exceptions of walkshed.

Every message names the file and the row or key, says what is wrong and what to do::

    WalkshedError
    ├── InputError (ValueError)      what the user gave cannot be used
    │   ├── SettingsError            a study file or an option
    │   ├── SourceError              a file or a service that data come from
    │   ├── TableError               rows or columns of a table
    │   ├── CRSError                 a missing CRS, or degrees where metres are due
    │   └── InfeasibleError          nothing can keep to what was asked
    └── SolverError (RuntimeError)   the optimiser gave no usable answer

Catch `WalkshedError` to catch them all; each is also the built-in in brackets.
`InputError` ends the command line with exit code 2, all else with 1.
"""

from collections.abc import Iterable


class WalkshedError(Exception):
    """Anything that walkshed refuses or fails to do."""


class InputError(WalkshedError, ValueError):
    """What the user gave cannot be used."""


class SettingsError(InputError):
    """A study file or an option of the command line is wrong."""


class SourceError(InputError):
    """A file or a service that data come from cannot be read."""


class TableError(InputError):
    """Rows or columns of a table are wrong."""


class CRSError(InputError):
    """A table has no CRS, or has degrees where metres are due."""


class InfeasibleError(InputError):
    """No plan can keep to what was asked; the message says what clashes, and what would do.

    Attributes
    ----------
    clashes
        The rules that clash, as `siting.Clash` each, where that is known.
    """

    def __init__(self, message: str, clashes: Iterable[object] = ()) -> None:
        super().__init__(message)
        self.clashes = tuple(clashes)


class SolverError(WalkshedError, RuntimeError):
    """The optimiser gave no usable answer."""


def one_message(name: str, problems: Iterable[str]) -> str:
    """Tell all problems of one file in one message.

    Examples
    --------
    >>> print(one_message("posts.csv", ["row 3: `lat` is empty; fill it in"]))
    posts.csv: row 3: `lat` is empty; fill it in
    >>> print(one_message("posts.csv", ["row 3: no `lat`", "row 9: no `lat`"]))
    posts.csv: 2 problems
      - row 3: no `lat`
      - row 9: no `lat`
    """
    listed = list(problems)
    if len(listed) == 1:
        return f"{name}: {listed[0]}"
    return "\n  - ".join([f"{name}: {len(listed)} problems", *listed])
