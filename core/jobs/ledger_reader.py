"""Reads jobs from the ledger in Redis A."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any, cast

from redis import Redis

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.connections.redis_durability import find_durability_risks
from core.errors import InvalidInput, NotFound
from core.jobs.job import Failure, Job, JobKind
from core.jobs.stored_job import deserialize_job, to_text

PREFIX = "lookalike:"
RISKS_S = 30.0
"""Settings of Redis are read again after this time, not for each check of the API."""
_READ_BATCH = 200  # jobs read in one round trip


class LedgerReader:
    """Jobs by id, by collection and by state."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._risks: list[str] = []
        self._risks_read_at = -math.inf

    @translate_errors
    def risks(self) -> list[str]:
        """Return how the server may lose jobs, each with what to do; at most `RISKS_S` old."""
        if monotonic() - self._risks_read_at >= RISKS_S:
            self._risks = find_durability_risks(self._redis)
            self._risks_read_at = monotonic()
        return self._risks

    @translate_errors
    def knows_key(self, idempotency_key: str) -> bool:
        """Return whether a job was created with this idempotency key."""
        return bool(self._redis.exists(f"{PREFIX}idem:{digest_of(idempotency_key)}"))

    @translate_errors
    def find_request(self, idempotency_key: str) -> tuple[str, str] | None:
        """Return the id of the job created with this idempotency key, and its request's digest."""
        key = f"{PREFIX}idem:{digest_of(idempotency_key)}"
        job_id, digest = cast("list[bytes | None]", self._redis.hmget(key, ["job", "digest"]))
        return (to_text(job_id), to_text(digest)) if job_id and digest else None

    @translate_errors
    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            NotFound: the job does not exist, or was deleted after its retention period.
        """
        (job,) = self._read([job_id])
        if job is None:
            raise NotFound(f"there is no job {job_id!r}; finished jobs are deleted after a while")
        return job

    @translate_errors
    def find_all(self, job_ids: Sequence[str]) -> list[Job]:
        """Return the jobs with these IDs; missing jobs are skipped."""
        return [job for job in self._read(job_ids) if job] if job_ids else []

    @translate_errors
    def page(
        self, *, collection: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[Job], str | None]:
        """Return jobs, newest first, and the cursor of the next page, if there is one.

        Raises:
            InvalidInput: the cursor is not a job of this list.
        """
        index = f"{PREFIX}jobs:{collection}" if collection else f"{PREFIX}jobs"
        start = 0
        if cursor:
            rank = cast("int | None", self._redis.zrevrank(index, cursor))
            if rank is None:
                raise InvalidInput(
                    "cursor: send the `next_cursor` of the previous page of the same list; if "
                    "the job that the cursor names has been deleted, start again without a cursor"
                )
            start = rank + 1
        ids = [to_text(i) for i in self._redis.zrevrange(index, start, start + limit)]
        return self._read_index(index, ids[:limit]), ids[limit - 1] if len(ids) > limit else None

    @translate_errors
    def failures(
        self, job_id: str, *, start: int = 0, limit: int = 100
    ) -> tuple[list[Failure], int | None]:
        """Return a job's listed failures, and the start of the next page, if there is one."""
        self.get(job_id)
        rows = self._failure_rows(job_id, start, start + limit)
        failures = [Failure.model_validate_json(row) for row in rows[:limit]]
        return failures, start + limit if len(rows) > limit else None

    def all_failures(self, job_id: str) -> Iterator[Failure]:
        """Yield all failures of a job that are listed."""
        start: int | None = 0
        while start is not None:
            failures, start = self.failures(job_id, start=start, limit=1000)
            yield from failures

    @translate_errors
    def open_jobs(self) -> list[Job]:
        """Return all unfinished jobs, ordered by the time of their latest activity."""
        index = f"{PREFIX}open"
        return self._read_index(index, [to_text(i) for i in self._redis.zrange(index, 0, -1)])

    @translate_errors
    def open_jobs_of(self, collection: str, *kinds: JobKind) -> list[Job]:
        """Return a collection's unfinished jobs of the given kinds, by default of all kinds."""
        pipe = self._redis.pipeline(transaction=False)
        for kind in kinds or JobKind:
            pipe.zrange(f"{PREFIX}open:{collection}:{kind}", 0, -1)
        ids = [to_text(job_id) for reply in pipe.execute() for job_id in reply]
        return [job for job in self._read(ids) if job and not job.state.final]

    def has_bulk_jobs(self, collection: str) -> bool:
        """Return whether an unfinished job changes or deletes many items."""
        return bool(self.open_jobs_of(collection, JobKind.CHANGE_ITEMS, JobKind.DELETE_ITEMS))

    @translate_errors
    def open_count(self) -> int:
        """Return the number of unfinished jobs."""
        return int(self._redis.zcard(f"{PREFIX}open"))

    @translate_errors
    def changes(self, collection: str, limit: int) -> dict[str, int]:
        """Return recorded changes, oldest first, as a mapping from SKU to sequence number."""
        rows = self._redis.zrange(changes_key(collection), 0, limit - 1, withscores=True)
        return {to_text(sku): int(sequence) for sku, sequence in cast("Any", rows)}

    @translate_errors
    def is_changing(self, collection: str, sku: str) -> bool:
        """Return whether a change of this item is recorded."""
        return self._redis.zscore(changes_key(collection), sku) is not None

    @translate_errors
    def changed_collections(self) -> list[str]:
        """Return the collections with recorded changes."""
        names = cast("set[bytes]", self._redis.smembers(f"{PREFIX}changed"))
        return sorted(map(to_text, names))

    @translate_errors
    def queue_length(self, queue: str) -> int:
        """Return the number of messages on a Celery queue."""
        return int(self._redis.llen(queue))

    @translate_errors
    def messages(self, queue: str) -> list[bytes]:
        """Return the raw messages on a Celery queue."""
        return cast("list[bytes]", self._redis.lrange(queue, 0, -1))

    @translate_errors
    def finished_counts(self) -> dict[tuple[str, str], int]:
        """Return how many jobs have finished so far, by kind and state."""
        rows = cast("dict[bytes, bytes]", self._redis.hgetall(f"{PREFIX}ended"))
        pairs = ((to_text(name).split(), int(count)) for name, count in rows.items())
        return {(kind, state): count for (kind, state), count in pairs}

    def _read(self, ids: Sequence[str]) -> list[Job | None]:
        pipe = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipe.hgetall(job_key(job_id))
            pipe.lrange(job_key(job_id, "progress"), 0, -1)
        replies = pipe.execute()
        return [
            deserialize_job(job_id, _decode(row), [to_text(sample) for sample in samples])
            if row
            else None
            for job_id, row, samples in zip(ids, replies[::2], replies[1::2], strict=True)
        ]

    def _failure_rows(self, job_id: str, start: int, end: int) -> list[Any]:
        """Return the listed failures from position `start` to `end` of the job's list of failures.

        The list is stored in parts, one per step; an index has the position where each part begins.
        """
        index = job_key(job_id, "failures")
        first = self._redis.zrevrangebyscore(index, start, 0, start=0, num=1, withscores=True)
        others = self._redis.zrangebyscore(index, f"({start}", end, withscores=True)
        pipe = self._redis.pipeline(transaction=False)
        for token, position in (*cast("Any", first), *cast("Any", others)):
            offset = int(position)
            pipe.lrange(failures_key(job_id, to_text(token)), max(0, start - offset), end - offset)
        return [row for rows in pipe.execute() for row in rows]

    def _read_index(self, index: str, ids: list[str]) -> list[Job]:
        """Read jobs by the ids from an index, in batches; remove expired jobs from the index."""
        jobs: list[Job] = []
        for batch in batched(ids, _READ_BATCH):
            rows = self._read(batch)
            jobs += [job for job in rows if job]
            if expired := [job_id for job_id, job in zip(batch, rows, strict=True) if job is None]:
                self._redis.zrem(index, *expired)
        return jobs


def _decode(row: dict[bytes, bytes]) -> dict[str, str]:
    return {to_text(name): to_text(value) for name, value in row.items()}


def job_key(job_id: str, part: str = "") -> str:
    """Return the Redis key of a job, or of one of its parts."""
    return f"{PREFIX}job:{job_id}" + (f":{part}" if part else "")


def failures_key(job_id: str, token: str) -> str:
    """Return the Redis key of the failures of the step that the claim with this token ran."""
    return job_key(job_id, f"failures:{token}")


def changes_key(collection: str) -> str:
    """Return the Redis key of the recorded changes of a collection."""
    return f"{PREFIX}changes:{collection}"


def digest_of(idempotency_key: str) -> str:
    """Return the digest that is stored for an idempotency key."""
    return hashlib.sha256(idempotency_key.encode()).hexdigest()
