"""End a command in good order when the user or the system asks for it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, the system's wish, and a terminal that was closed; Windows knows not all of them."""


class Stopped(SystemExit):
    """A signal asked to stop. Its code is 128 and the signal's number, as shells have it."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have signals raise `Stopped`, so that files made aside are removed and workers ended.

    Signals that are ignored already, as those of a closed terminal under `nohup`, stay so.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        raise Stopped(128 + number)

    before = {}
    if current_thread() is main_thread():  # which alone hears signals
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
