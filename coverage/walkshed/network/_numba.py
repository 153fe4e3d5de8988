"""numba's `njit`, where numba can be had; kernels ask `HAS_NUMBA` and fall back on scipy.

numba imports coverage.py if it finds something of that name. Started in the root of this
repository without coverage.py installed, Python finds our source folder `coverage/` instead, and
numba breaks on it; so that folder is hidden while numba is imported.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any


@contextmanager
def _our_folder_hidden() -> Iterator[None]:
    """Hide a `coverage` that is a bare folder; the real coverage.py stays."""
    spec = None if "coverage" in sys.modules else find_spec("coverage")
    if spec is None or spec.origin is not None:
        yield
        return
    sys.modules["coverage"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["coverage"]


def _njit() -> Callable[..., Any] | None:
    try:
        with _our_folder_hidden():
            import numba
    except ImportError:
        return None

    def compiler(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(nogil=True, cache=True)(function)
        except RuntimeError:  # nowhere to keep compiled code: a read-only install without a home
            return numba.njit(nogil=True)(function)

    return compiler


_compiled = _njit()
HAS_NUMBA = _compiled is not None


def njit(function: Callable[..., Any]) -> Any:
    """Compile a function, with the lock of Python released while it runs.

    Without numba it stays as it is: right, and slow.
    """
    return _compiled(function) if _compiled else function
