"""Which requests may be sent again, and after how long."""

import random
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx2

RETRIES = 2
LONGEST_PAUSE_S = 30.0  # a server that asks for more is told of to the caller
_FIRST_PAUSE_S = 0.25
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_LATER = frozenset({429, 503})  # only where the server says when: else it will not mend itself
_GATEWAY = frozenset({502, 504})


def may_repeat(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request that arrived twice does what it does once."""
    return method in _REPEATABLE or "idempotency-key" in {name.lower() for name in headers}


class Answered(NamedTuple):
    """The last answer; `unheard` if an attempt before may have arrived, and its answer was lost."""

    answer: httpx2.Response
    unheard: bool


def insist(send: Callable[[], httpx2.Response], retries: int) -> Answered:
    """Send a repeatable request, and again when a connection broke or the server asks for it.

    Where nothing listens, that is told at once.
    """
    unheard = False
    for attempt in range(retries):
        try:
            answer = send()
        except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
            if isinstance(error, httpx2.ConnectError):
                raise
            unheard = True
            time.sleep(_back_off(attempt))
            continue
        pause = _pause_after(answer, attempt)
        if pause is None:
            return Answered(answer, unheard)
        unheard = unheard or answer.status_code in _GATEWAY
        time.sleep(pause)
    return Answered(send(), unheard)


def _pause_after(answer: httpx2.Response, attempt: int) -> float | None:
    """Seconds until the next attempt, None if this answer stands."""
    if answer.status_code in _GATEWAY:
        return _back_off(attempt)
    asked = answer.headers.get("retry-after", "")
    if answer.status_code in _LATER and asked.isdecimal() and int(asked) <= LONGEST_PAUSE_S:
        return float(asked)
    return None


def _back_off(attempt: int) -> float:
    longest: float = _FIRST_PAUSE_S * 2**attempt
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret; clients should not meet again
