"""The clock that searches look at: once the user asks them to stop, it is late at once.

So Ctrl-C is to a search what a time limit is, at whatever moment it comes: no plan is lost in the
middle of being counted, and a search that begins later hands back the quick plan it begins with.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

LATE_S = 1e12  # beyond every deadline, see `LONGEST_S`; finite, so that shares of it are numbers
LONGEST_S = 1e9  # a longer time limit is none
FIRST_PLAN_S = 1.0  # a first plan is looked for so long at the least

_stop = Event()


def now_s() -> float:
    """Tell the time of `time.perf_counter`, or once a stop is asked for, one past all deadlines."""
    return LATE_S if _stop.is_set() else time.perf_counter()


def stop_is_asked() -> bool:
    """Tell whether the user has asked all searches to stop."""
    return _stop.is_set()


def first_by(deadline: float) -> float:
    """Give the deadline of a search for a first plan: late or not, there is to be one."""
    return max(deadline, now_s() + FIRST_PLAN_S)


def left_s(deadline: float) -> float:
    """Tell the seconds left, always above 0, as time limits must be."""
    return max(deadline - now_s(), 1e-3)


@contextmanager
def ctrl_c_stops_searches() -> Iterator[None]:
    """Have the first Ctrl-C stop all searches, and only the second one end what is going on.

    It does nothing outside the main thread, which alone hears signals.
    """
    if current_thread() is not main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if _stop.is_set():
            raise KeyboardInterrupt
        _stop.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _stop.clear()
