"""Retries of requests, and the delays between them."""

import random
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx2

RETRIES = 2
MAX_RETRY_AFTER_S = 30.0  # if the server requests a longer delay, the caller gets the response
_FIRST_DELAY_S = 0.25
_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})
_RETRYABLE_WITH_DELAY = frozenset({429, 503})  # without Retry-After a retry would hardly help
_GATEWAY_ERRORS = frozenset({502, 504})


def is_repeatable(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether sending a request twice has the same effect as sending it once."""
    return method in _IDEMPOTENT or "idempotency-key" in {name.lower() for name in headers}


class FinalResponse(NamedTuple):
    """The last response, and whether the response to an earlier attempt may have been lost."""

    response: httpx2.Response
    response_lost: bool


def send_with_retries(send: Callable[[], httpx2.Response], retries: int) -> FinalResponse:
    """Send a repeatable request; retry if the connection breaks or the server asks for a retry.

    Raises:
        httpx2.ConnectError: nothing listens at the address; not retried.
    """
    response_lost = False
    for attempt in range(retries):
        try:
            response = send()
        except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
            if isinstance(error, httpx2.ConnectError):
                raise
            response_lost = True
            time.sleep(_backoff_s(attempt))
            continue
        delay = _retry_delay_s(response, attempt)
        if delay is None:
            return FinalResponse(response, response_lost)
        response_lost = response_lost or response.status_code in _GATEWAY_ERRORS
        time.sleep(delay)
    return FinalResponse(send(), response_lost)


def _retry_delay_s(response: httpx2.Response, attempt: int) -> float | None:
    """Return the seconds until the next attempt; None if the response is final."""
    if response.status_code in _GATEWAY_ERRORS:
        return _backoff_s(attempt)
    seconds = response.headers.get("retry-after", "")
    retryable = response.status_code in _RETRYABLE_WITH_DELAY and seconds.isdecimal()
    return float(seconds) if retryable and int(seconds) <= MAX_RETRY_AFTER_S else None


def _backoff_s(attempt: int) -> float:
    longest: float = _FIRST_DELAY_S * 2**attempt
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter keeps clients from retrying in step
