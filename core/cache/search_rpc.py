"""Search requests and responses, exchanged with worker-search through Redis B.

A request is an image with its parameters; the Celery queue carries only the ID of the request. The
response arrives in a Redis list; the caller waits for it with a timeout, without occupying a
thread.
"""

import secrets
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis

from core.connections.redis_client import translate_errors, unavailable
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
    """Either the matches, best first, and the milliseconds that each stage took, or the problem."""

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

    Every method raises `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis, *, timeout_s: float) -> None:
        self._redis = redis
        self._timeout_ms = int(timeout_s * 1000)

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


class SearchResponses:
    """Waits for responses within one event loop, with a connection for each waiting search.

    The Redis client must have a timeout longer than `timeout_s` and must not retry: after a restart
    of Redis, the response would never arrive.
    """

    def __init__(self, redis: AsyncRedis, *, timeout_s: float) -> None:
        self._redis, self._timeout_s = redis, timeout_s

    async def wait(self, request_id: str) -> SearchResponse:
        """Wait for the response to a request.

        Raises:
            Unavailable: no response arrived in time, or Redis stopped.
        """
        try:
            popped = await self._redis.blpop([_RESPONSE + request_id], timeout=self._timeout_s)
        except RedisError as exc:
            raise unavailable(exc) from exc
        if not popped:
            raise Unavailable("no search worker responded in time; retry later")
        return SearchResponse.model_validate_json(cast("list[bytes]", popped)[1])

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
