"""Search requests and responses, exchanged with worker-search through Redis B.

A request is an image with its parameters; the Celery queue carries only the ID of the request. The
response arrives in a list, on which the caller waits with a timeout.
"""

import secrets
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from redis import Redis

from core.connections.redis_client import translate_errors
from core.domain import Attributes
from core.errors import (
    Conflict,
    CoreError,
    InvalidInput,
    NotFound,
    NotInstalled,
    StorageFull,
    TooLarge,
    Unavailable,
    UnreadableImage,
    UnsupportedMediaType,
)

_REQUEST = "lookalike:search-request:"
_RESPONSE = "lookalike:search-response:"
ERRORS: Mapping[str, type[CoreError]] = {
    error.code: error
    for error in (
        Conflict, InvalidInput, NotFound, NotInstalled, StorageFull, TooLarge, Unavailable,
        UnreadableImage, UnsupportedMediaType,
    )
}  # fmt: skip
"""The errors of a search by their code; an error with any other code becomes a `CoreError`."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SearchRequest(_Message):
    """A search by SKU, or by the image that is sent with the request."""

    collection: str
    sku: str | None = None
    limit: int = 10
    min_score: float = 0.0
    filter: str | None = None
    """The filter as sent by the client."""
    crop: tuple[float, float, float, float] | None = None


class SearchMatch(_Message):
    """An item with its most similar view, and its attributes."""

    sku: str
    view: str
    score: float
    attributes: Attributes


class SearchProblem(_Message):
    """The error of a search."""

    code: str
    detail: str


class SearchResponse(_Message):
    """The matches, best first, and the milliseconds of each stage; or the problem."""

    matches: tuple[SearchMatch, ...] = ()
    timings: dict[str, float] = {}
    problem: SearchProblem | None = None

    @classmethod
    def failed(cls, error: CoreError) -> "SearchResponse":
        """Return the response to a search that raised an error."""
        return cls(problem=SearchProblem(code=error.code, detail=error.detail))

    def raise_for_problem(self) -> None:
        """Raise the error if the search failed."""
        if self.problem:
            raise ERRORS.get(self.problem.code, CoreError)(self.problem.detail)


class SearchRpc:
    """Search requests and their responses by request ID.

    Every method raises `Unavailable` if Redis does not respond. `blocking_redis` is the client that
    waits for responses; its timeout must be longer than `timeout_s`.
    """

    def __init__(
        self, redis: Redis, *, timeout_s: float, blocking_redis: Redis | None = None
    ) -> None:
        self._redis = redis
        self._blocking_redis = blocking_redis or redis
        self._timeout_s, self._timeout_ms = timeout_s, int(timeout_s * 1000)

    @translate_errors
    def send(self, request: SearchRequest, image: bytes = b"") -> str:
        """Store a request, which expires when its caller gives up; return the request's ID."""
        request_id = secrets.token_hex(12)
        fields = {"request": request.model_dump_json(), "image": image}
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(_REQUEST + request_id, mapping=cast("Any", fields))
        pipe.pexpire(_REQUEST + request_id, self._timeout_ms)
        pipe.execute()
        return request_id

    @translate_errors
    def take(self, request_id: str) -> tuple[SearchRequest, bytes] | None:
        """Remove and return a request with its image; None if the caller has given up."""
        row = self._redis.hgetall(_REQUEST + request_id)
        self._redis.delete(_REQUEST + request_id)
        if not row:
            return None
        return SearchRequest.model_validate_json(row[b"request"]), cast("bytes", row[b"image"])

    @translate_errors
    def respond(self, request_id: str, response: SearchResponse) -> None:
        """Send a response to the caller of a request."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.rpush(_RESPONSE + request_id, response.model_dump_json())
        pipe.pexpire(_RESPONSE + request_id, self._timeout_ms)
        pipe.execute()

    @translate_errors
    def wait(self, request_id: str) -> SearchResponse:
        """Wait for the response to a request.

        Raises:
            Unavailable: no response arrived in time.
        """
        popped = self._blocking_redis.blpop([_RESPONSE + request_id], timeout=self._timeout_s)
        if not popped:
            raise Unavailable("no search worker responded in time; retry later")
        return SearchResponse.model_validate_json(cast("list[bytes]", popped)[1])
