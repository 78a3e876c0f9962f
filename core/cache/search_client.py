"""Sends searches to worker-search through Redis B, and waits for the responses.

All searches of an API process wait on one connection, which occupies no thread.
"""

import asyncio
import json
import secrets
from itertools import chain
from pathlib import Path
from typing import Any, cast

from redis import RedisError
from redis.asyncio import Redis

from core.cache.search_messages import SearchRequest, SearchResponse
from core.cache.search_queue import MAX_DELAY_S, MAX_QUEUED, OVERLOADED, QUEUE, REQUEST
from core.connections.redis_client import CACHE, unavailable
from core.errors import Unavailable
from core.observability.tracing import inject

POLL_S = 1
_PAUSE_S = 0.2
_MAX_CONCURRENT_SENDS = 16
"""Every concurrent send opens a connection, which then stays open."""
_SCRIPT = Path(__file__).with_name("queue_search.lua").read_text(encoding="utf-8")


class SearchClient:
    """Searches within one event loop.

    `responses` is a second Redis client, which must not retry and must have a timeout longer than a
    second: after a restart of Redis, the responses would never arrive.
    """

    def __init__(self, redis: Redis, responses: Redis, *, timeout_s: float) -> None:
        self._queue = redis.register_script(_SCRIPT)
        self._redis, self._responses, self._timeout_s = redis, responses, timeout_s
        self._sending = asyncio.Semaphore(_MAX_CONCURRENT_SENDS)
        self._reply_to = f"lookalike:search-responses:{secrets.token_hex(8)}"
        self._waiting: dict[str, asyncio.Future[SearchResponse]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._is_closing = False

    async def search(self, request: SearchRequest, image: bytes = b"") -> SearchResponse:
        """Return the response of a worker.

        Raises:
            Unavailable: too many searches are waiting, no worker responded in time, or Redis
                does not respond.
            CoreError: the search failed; the class depends on the reason.
        """
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_responses())
        id, loop = secrets.token_hex(12), asyncio.get_running_loop()
        future: asyncio.Future[SearchResponse] = loop.create_future()
        self._waiting[id], deadline = future, loop.time() + self._timeout_s
        try:
            await self._send(id, request, image, deadline)
            async with asyncio.timeout_at(deadline):
                response = await future
        except TimeoutError as exc:
            raise Unavailable("no search worker responded in time; retry later") from exc
        finally:
            del self._waiting[id]
        response.raise_for_problem()
        return response

    async def close(self) -> None:
        """Close the connections."""
        self._is_closing = True  # in case redis-py loses the cancellation
        await self._redis.aclose()
        await self._responses.aclose()
        if self._reader:
            self._reader.cancel()
            await asyncio.wait([self._reader])

    async def _send(self, id: str, request: SearchRequest, image: bytes, deadline: float) -> None:
        timeout_ms = int(self._timeout_s * 1000)
        fields = {
            "request": request.model_dump_json(),
            "image": image,
            "reply_to": self._reply_to,
            "headers": json.dumps(inject()),
        }
        limits = (MAX_QUEUED, int(MAX_DELAY_S * 1000), timeout_ms)
        arguments: list[Any] = [id, *limits, *chain.from_iterable(fields.items())]
        async with asyncio.timeout_at(deadline):
            await self._sending.acquire()
        try:  # outside of the block: redis-py has its own timeout, and may lose a cancellation
            is_queued = await self._queue([QUEUE, REQUEST + id], arguments)
        except RedisError as exc:
            raise unavailable(exc, CACHE) from exc
        finally:
            self._sending.release()
        if not is_queued:
            raise Unavailable(OVERLOADED)

    async def _read_responses(self) -> None:
        while not self._is_closing:
            try:
                popped = await self._responses.blpop([self._reply_to], timeout=POLL_S)
            except RedisError as exc:
                self._fail_all(unavailable(exc, CACHE))
                await asyncio.sleep(_PAUSE_S)
            else:
                if popped:
                    self._deliver(cast("list[bytes]", popped)[1])

    def _deliver(self, message: bytes) -> None:
        id, _, text = message.partition(b" ")
        future = self._waiting.get(id.decode())
        if future and not future.done():
            future.set_result(SearchResponse.model_validate_json(text))

    def _fail_all(self, error: Unavailable) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_result(SearchResponse.failed(error))
