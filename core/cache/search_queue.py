"""The queue of searches in Redis B, from which the threads of worker-search take them.

The queue lists the arrival times and IDs of searches. A request, with its image, has a key of its
own, which expires when the caller gives up. Responses go to a list that all searches of one API
process share. All times are those of Redis's clock, because those of two machines may differ.
"""

import json
from dataclasses import dataclass
from typing import cast

from redis import Redis

from core.cache.search_messages import SearchRequest, SearchResponse
from core.connections.redis_client import translate_errors
from core.errors import Unavailable

QUEUE = "lookalike:search-queue"
REQUEST = "lookalike:search-request:"
MAX_QUEUED = 100
"""A search is rejected at once if this many are queued."""
MAX_DELAY_S = 0.5
"""A search is rejected at once if the oldest in the queue has waited for this long."""
MAX_WAIT_S = 1.0
"""A worker rejects a search that has waited for this long."""
OVERLOADED = "too many searches are waiting for a search worker; retry later"


@dataclass(frozen=True)
class QueuedSearch:
    """A search that a worker has taken from the queue."""

    id: str
    reply_to: str
    headers: dict[str, str]
    """The ID and the trace context of the HTTP request."""
    request: SearchRequest
    image: bytes
    has_followers: bool = False
    """Whether more searches were waiting when it was taken."""


class SearchQueue:
    """The workers' end of the queue; threads may share it.

    Every method raises `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis, *, timeout_s: float) -> None:
        self._redis = redis
        self._timeout_ms = int(timeout_s * 1000)

    @translate_errors
    def length(self) -> int:
        """Return how many searches are waiting."""
        return self._redis.llen(QUEUE)

    @translate_errors
    def take(self, *, wait_s: float) -> QueuedSearch | None:
        """Take the oldest search; reject it if it has waited for too long.

        Returns None if none arrives within `wait_s`, or if the search was rejected or its caller
        has given up.
        """
        popped = cast("list[bytes] | None", self._redis.blpop([QUEUE], timeout=wait_s))
        if popped is None:
            return None
        arrived_ms, _, id = popped[1].decode().partition(" ")
        pipe = self._redis.pipeline(transaction=True)
        pipe.time()
        pipe.hgetall(REQUEST + id)
        pipe.delete(REQUEST + id)
        pipe.llen(QUEUE)
        (seconds, microseconds), row, _, followers = pipe.execute()
        if not row:
            return None
        search = QueuedSearch(
            id,
            row[b"reply_to"].decode(),
            json.loads(row[b"headers"]),
            SearchRequest.model_validate_json(row[b"request"]),
            row[b"image"],
            has_followers=followers > 0,
        )
        if seconds + microseconds / 1e6 - int(arrived_ms) / 1000 <= MAX_WAIT_S:
            return search
        self.respond(search, SearchResponse.failed(Unavailable(OVERLOADED)))
        return None

    @translate_errors
    def respond(self, search: QueuedSearch, response: SearchResponse) -> None:
        """Send the response to the caller."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.rpush(search.reply_to, f"{search.id} {response.model_dump_json()}")
        pipe.pexpire(search.reply_to, self._timeout_ms)
        pipe.execute()
