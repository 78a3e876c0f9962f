"""Which problems any operation of its kind may answer, whatever its route does."""

from collections.abc import Iterator
from typing import Any

from api.middleware.auth import MISSING_KEY, needed
from core.errors import (
    CoreError,
    InvalidInput,
    NoKey,
    NotAllowed,
    NotFound,
    Stalled,
    TooLarge,
    TooMany,
    Unavailable,
)
from core.storage import Role

_ABSENT = {
    "c": NotFound("collection 'shop' does not exist"),
    "job": NotFound("there is no job '5f0c1d9e7a2b4c3d8e6f0a1b'"),
}
_INVALID = InvalidInput("query.limit: Input should be less than or equal to 200")
_LARGE = TooLarge("the body has more than 51 MiB")
_STALLED = Stalled("nothing came for 30 seconds; send the request again")
_OFTEN = TooMany("more than 30,000 requests a minute; try again in 1 s", wait_s=1)
_AWAY = Unavailable("Redis does not answer (ConnectionError); try again")


def refusals(method: str, path: str, operation: dict[str, Any]) -> Iterator[CoreError]:
    """The errors that follow from the door, the place and what can be sent."""
    parameters = operation.get("parameters", [])
    need = needed(method, path)
    if need:
        yield NoKey(MISSING_KEY)
        yield _OFTEN
        yield _AWAY
    if need not in {None, Role.READ}:
        yield NotAllowed(f"this key is for read; the request needs one for {need}")
    elif "{c}" in path:
        yield NotAllowed("this key is not for collection 'shop'")
    for name, absent in _ABSENT.items():
        if f"{{{name}}}" in path:
            yield absent
    asked = any(one["in"] == "query" for one in parameters)
    if asked or "{c}" in path or "requestBody" in operation:
        yield _INVALID
    if "requestBody" in operation:
        yield _LARGE
        yield _STALLED
