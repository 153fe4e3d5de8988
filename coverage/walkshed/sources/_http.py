"""Ask a service again, with growing pauses, until it answers or patience ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests

from ..errors import SourceError

TRY_AGAIN_LATER = frozenset((429, 502, 503, 504))
LONGEST_CONNECT_S = 10.0
OTHERWISE = "or give an extract as `file` or `snapshot`"
AGENT = {"User-Agent": "walkshed (walking access to police posts)"}

Answer = TypeVar("Answer")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for, and how often it is asked.

    Attributes
    ----------
    timeout_s
        What a service may take for one answer.
    tries
        How often it is asked in all.
    first_pause_s
        Pause after the first failure; each further one is twice as long.
    longest_pause_s
        No pause is longer. A service that asks for a longer one is not asked again.
    """

    timeout_s: float
    tries: int
    first_pause_s: float
    longest_pause_s: float

    @property
    def connect_and_read_s(self) -> tuple[float, float]:
        """Longest wait for a connection, and longest silence.

        The silence is a quarter longer than the service may take, so that it can say itself that
        its time was up.
        """
        return min(LONGEST_CONNECT_S, self.timeout_s), self.timeout_s * 1.25


def ask(
    service: str,
    send: Callable[[], Answer],
    patience: Patience,
    *,
    tell: Tell,
    free_in_s: Callable[[], float | None] = lambda: None,
) -> Answer:
    """Send a request and, where that may help, send it again.

    Parameters
    ----------
    service
        What messages call it.
    send
        Sends the request once and reads the answer; lets exceptions of requests pass.
    patience
        How often, and after which pauses.
    tell
        Told before each pause.
    free_in_s
        Asked when the service is busy and does not say for how long; None means unknown.

    Raises
    ------
    SourceError
        The service refuses, is silent, or cannot be reached; the message says what to do.
    """
    failures = 0
    while True:
        try:
            return send()
        except requests.RequestException as error:
            failures += 1
            if failures == patience.tries or not _may_pass(error):
                raise SourceError(_in_words(service, error, patience)) from error
            pause_s = _pause_s(error, failures, patience, free_in_s)
            if pause_s > patience.longest_pause_s:
                raise SourceError(
                    f"{service} asks for a pause of {pause_s:.0f} s ({_why(error)}); try again "
                    f"then, {OTHERWISE}"
                ) from error
            tell(f"{service}: {_why(error)}; asking again in {pause_s:.3g} s")
            time.sleep(pause_s)


def _pause_s(
    error: requests.RequestException,
    failures: int,
    patience: Patience,
    free_in_s: Callable[[], float | None],
) -> float:
    """Take the pause that the service asks for, else one twice as long as the last."""
    asked_s = _retry_after_s(error)
    if asked_s is None and _status(error) == 429:
        asked_s = free_in_s()
    if asked_s is not None:
        return asked_s
    return min(patience.first_pause_s * 2.0 ** (failures - 1), patience.longest_pause_s)


def _may_pass(error: requests.RequestException) -> bool:
    """Whether the same request may be answered a little later."""
    if isinstance(error, requests.HTTPError):
        return _status(error) in TRY_AGAIN_LATER
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError)


def _status(error: requests.RequestException) -> int | None:
    return None if error.response is None else error.response.status_code


def _why(error: requests.RequestException) -> str:
    return str(_status(error) or type(error).__name__)


def _retry_after_s(error: requests.RequestException) -> float | None:
    """Seconds that the header Retry-After asks for; it holds a number of them, or a date."""
    text = "" if error.response is None else error.response.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _in_words(service: str, error: requests.RequestException, patience: Patience) -> str:
    status = _status(error)
    if status == 429:
        return (
            f"{service} has too many requests from this address (429); try again in some minutes, "
            f"{OTHERWISE}"
        )
    if status == 403:
        return f"{service} refuses requests from this address (403); {OTHERWISE[3:]}"
    if status in TRY_AGAIN_LATER:
        return f"{service} is overloaded ({status}); try again later, {OTHERWISE}"
    if status is not None:
        return f"{service} refused ({status}); try again later, {OTHERWISE}"
    if isinstance(error, requests.ReadTimeout):
        return (
            f"{service} did not answer within {patience.connect_and_read_s[1]:.0f} s; ask for a "
            f"smaller area, raise `live_timeout_s`, {OTHERWISE}"
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"the answer of {service} breaks off; try again later, {OTHERWISE}"
    return (
        f"OpenStreetMap cannot be reached ({service}: {type(error).__name__}); check the "
        f"connection, {OTHERWISE}"
    )
