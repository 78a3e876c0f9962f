"""The job ledger in Redis A: the authoritative state of all jobs.

A message on a Celery queue only says that a job has work.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from redis import Redis

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.errors import Conflict, InvalidInput
from core.jobs.job import Changes, Delay, Job, JobKind, NewJob
from core.jobs.ledger_reader import PREFIX, changes_key, digest_of
from core.jobs.sequence_numbers import Reserve, SequenceNumbers, reserve_all
from core.jobs.step_ledger import StepLedger
from core.jobs.stored_job import to_text

REPLICATION_WAIT_MS = 300
"""How long `create` waits for a replica before it continues without one."""
CHANGES_BATCH = 1000
"""SKUs in one call of a script: the time grows with the square of their number at worst."""


@dataclass(frozen=True)
class Idempotency:
    """An idempotency key, and the digest of the request that was sent with it."""

    key: str
    digest: str


class Ledger(StepLedger):
    """Jobs and their steps; every method raises `Unavailable` if Redis does not respond."""

    def __init__(
        self,
        redis: Redis,
        *,
        lease_s: float = 30,
        retention_s: int = 30 * 86400,
        replicated: bool = False,
        reserve: Reserve = reserve_all,
    ) -> None:
        """Open the ledger; with `replicated`, `create` waits until a replica has the job.

        `reserve` reserves sequence numbers in the store.
        """
        super().__init__(redis, lease_s=lease_s, retention_s=retention_s)
        self._replicated = replicated
        self._numbers = SequenceNumbers(redis, reserve, self._scripts["allow_numbers"])

    def create(
        self,
        new: NewJob,
        *,
        idempotency: Idempotency | None = None,
        job_id: str | None = None,
    ) -> Job:
        """Record a job; return the existing job if the same request was sent before.

        Raises:
            InvalidInput: another request was sent with this idempotency key.
        """
        key, digest = ("", "")
        if idempotency:
            key, digest = digest_of(idempotency.key), idempotency.digest
        row = (job_id or new_id(), new.kind, new.collection, json.dumps(new.args))
        tail = key, digest, new.sequence or ""
        created, first_digest = self._create("create", *row, self._retention_s, *tail)
        if to_text(first_digest) != digest:
            raise InvalidInput(
                "this Idempotency-Key was already sent with another request; use a new key for "
                "each request"
            )
        return self.get(to_text(created))

    def create_once(self, new: NewJob, delay: Delay | None = None) -> tuple[Job, bool]:
        """Record a job, unless its collection already has a queued job of its kind; this is atomic.

        An already queued job gets the arguments of `new`, if there are any. If that job was put
        off, it is put off again by `delay`, or starts now if `delay` is None. Returns the recorded
        or queued job, and whether it can start now but has no message yet.
        """
        row = (new_id(), new.kind, new.collection, json.dumps(new.args), self._retention_s)
        delays = (int(delay.seconds * 1000), int(delay.at_most * 1000)) if delay else (0, 0)
        job_id, startable = self._create("create_once", *row, *delays)
        return self.get(to_text(job_id)), bool(startable)

    def record_changes(self, collection: str, skus: Iterable[str]) -> tuple[Changes, bool]:
        """Record SKUs whose vectors must be updated, and the job that will do it.

        There must be at least one SKU. Returns the changes, and whether the job is new rather
        than already queued.
        """
        row = (JobKind.SYNC_ITEMS, collection, self._retention_s)
        replies = [
            self._create("record_changes", new_id(), *row, *batch)
            for batch in batched(skus, CHANGES_BATCH)
        ]
        job_id, sequence, _ = replies[-1]
        is_new = any(is_new for *_, is_new in replies)
        return Changes(job=to_text(job_id), sequence=int(sequence)), is_new

    def clear_changes(self, collection: str, changes: Mapping[str, int]) -> None:
        """Forget changes (SKU to sequence number) unless the item has changed again since."""
        rows = [text for pair in changes.items() for text in pair]
        self._run("clear_changes", collection, *rows)

    @translate_errors
    def forget_changes(self, collection: str) -> None:
        """Forget all changes of a collection that is being deleted."""
        self._redis.delete(changes_key(collection))

    def next_sequence(self) -> int:
        """Return a new sequence number, for a request that has no job of its own."""
        return int(self._numbers.issue(partial(self._run, "next_sequence", "")))

    def cancel(self, job_id: str) -> Job:
        """Request cancellation of a job; it stops within one step.

        Raises:
            NotFound: the job does not exist.
            Conflict: the job has already finished.
        """
        job = self.get(job_id)
        if not self._run("cancel", job_id, self._retention_s):
            raise Conflict(f"job {job_id} has already finished: {job.state}")
        return self.get(job_id)

    def _create(self, script: str, *args: Any) -> Any:
        """Run a script that creates a job; if Redis has replicas, wait until one has the job."""
        run = self._run_replicated if self._replicated else self._run
        return self._numbers.issue(partial(run, script, *args))

    @translate_errors
    def _run_replicated(self, script: str, *args: Any) -> Any:
        """Run a script, then WAIT on the same connection, so that the job survives a failover."""
        pipe: Any = self._redis.pipeline(transaction=False)
        self._scripts[script](args=[PREFIX, *args], client=pipe)
        pipe.execute_command("WAIT", 1, REPLICATION_WAIT_MS)
        return pipe.execute()[0]


def new_id() -> str:
    """Return a new job id."""
    return secrets.token_hex(12)
