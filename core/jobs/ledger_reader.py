"""Reads jobs from the ledger in Redis A."""

import hashlib
from collections.abc import Iterator
from typing import cast

from redis import Redis

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.errors import NotFound
from core.jobs.job import Failure, Job, JobKind, JobState
from core.jobs.stored_job import deserialize_job, to_text

PREFIX = "lookalike:"
_READ_BATCH = 200  # jobs read in one round trip


class LedgerReader:
    """Jobs by id, by collection and by state."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def find_by_key(self, idempotency_key: str) -> str | None:
        """Return the id of the job that was created with this idempotency key, if any."""
        job_id = self._redis.get(f"{PREFIX}idem:{digest_of(idempotency_key)}")
        return to_text(job_id) if job_id else None

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
    def page(
        self, *, collection: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[Job], str | None]:
        """Return jobs, newest first, and the cursor of the next page, if there is one."""
        index = f"{PREFIX}jobs:{collection}" if collection else f"{PREFIX}jobs"
        start = 0
        if cursor:
            rank = cast("int | None", self._redis.zrevrank(index, cursor))
            start = 0 if rank is None else rank + 1
        ids = [to_text(i) for i in self._redis.zrevrange(index, start, start + limit)]
        return self._read_index(index, ids[:limit]), ids[limit - 1] if len(ids) > limit else None

    @translate_errors
    def failures(
        self, job_id: str, *, start: int = 0, limit: int = 100
    ) -> tuple[list[Failure], int | None]:
        """Return a job's failed files in order, and the start of the next page, if there is one."""
        self.get(job_id)
        rows = self._redis.lrange(job_key(job_id, "failures"), start, start + limit)
        failures = [Failure.model_validate_json(row) for row in rows[:limit]]
        return failures, start + limit if len(rows) > limit else None

    def all_failures(self, job_id: str) -> Iterator[Failure]:
        """Yield all failures of a job."""
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
    def open_count(self) -> int:
        """Return the number of unfinished jobs."""
        return int(self._redis.zcard(f"{PREFIX}open"))

    def find_queued(self, kind: JobKind, collection: str) -> Job | None:
        """Return a job that has not started and will therefore see all changes made so far."""
        for job in self.open_jobs():
            same = (job.kind, job.collection) == (kind, collection)
            if same and job.state is JobState.QUEUED and not job.cancel_requested:
                return job
        return None

    @translate_errors
    def queue_length(self, queue: str) -> int:
        """Return the number of messages on a Celery queue."""
        return int(self._redis.llen(queue))

    @translate_errors
    def finished_counts(self) -> dict[tuple[str, str], int]:
        """Return how many jobs have finished so far, by kind and state."""
        rows = cast("dict[bytes, bytes]", self._redis.hgetall(f"{PREFIX}ended"))
        pairs = ((to_text(name).split(), int(count)) for name, count in rows.items())
        return {(kind, state): count for (kind, state), count in pairs}

    def _read(self, ids: list[str]) -> list[Job | None]:
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

    def _read_index(self, index: str, ids: list[str]) -> list[Job]:
        """Read jobs of an index in batches; remove expired jobs from the index."""
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


def digest_of(idempotency_key: str) -> str:
    """Return the digest that is stored for an idempotency key."""
    return hashlib.sha256(idempotency_key.encode()).hexdigest()
