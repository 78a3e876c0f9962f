"""The job ledger in Redis A: the authoritative state of all jobs.

A message on a Celery queue only says that a job has work. A job consists of steps: 0 plans it, 1 to
n are its chunks, LAST finishes it. A worker claims a step under a lease with a token, and can
commit the step only while that lease is valid; a step that runs twice therefore counts once.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.commands.core import Script

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.errors import Conflict, InvalidInput
from core.jobs.job import Changes, Delay, Failure, Job, JobKind, NewJob, Outcome, Problem, Stage
from core.jobs.ledger_reader import (
    PREFIX,
    LedgerReader,
    changes_key,
    digest_of,
    failures_key,
    job_key,
)
from core.jobs.sequence_numbers import Reserve, SequenceNumbers, reserve_all
from core.jobs.stored_job import to_text

FIRST = 0
LAST = 1_000_000_000
REPLICATION_WAIT_MS = 300
"""How long `create` waits for a replica before it continues without one."""
LISTED_FAILURES = 10_000
"""Failures of a step that are listed; the others are only counted."""
LISTED_BYTES = 10_000_000
FAILURE_BATCH = 500
UNCOMMITTED_S = 3600
CHANGES_BATCH = 1000
"""SKUs in one call of a script: the time grows with the square of their number at worst."""
_SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Idempotency:
    """An idempotency key, and the digest of the request that was sent with it."""

    key: str
    digest: str


@dataclass(frozen=True)
class Claim:
    """The right to run one step of a job; `attempts` includes this attempt."""

    job_id: str
    step: int
    token: str
    attempts: int


class Ledger(LedgerReader):
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
        super().__init__(redis)
        self._replicated = replicated
        self._lease_ms = int(lease_s * 1000)
        self._retention_s = retention_s
        common = (_SCRIPTS / "common.lua").read_text()
        self._scripts: dict[str, Script] = {
            path.stem: redis.register_script(f"{common}\n{path.read_text()}")
            for path in _SCRIPTS.glob("*.lua")
            if path.stem != "common"
        }
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

    def claim(self, job_id: str) -> Claim | None:
        """Claim the next step of a job; return None if there is nothing to do now."""
        token = secrets.token_hex(8)
        reply = self._run("claim", job_id, token, self._lease_ms, self._retention_s)
        if not reply:
            return None
        step, attempts = map(int, reply)
        return Claim(job_id=job_id, step=step, token=token, attempts=attempts)

    def renew(self, claim: Claim, stage: Stage | None = None) -> int:
        """Renew a lease; record the stage that the step has reached, if given.

        Returns 1 to continue, 0 if the lease is lost, -1 if the job is cancelled.
        """
        row = (stage.name, stage.done, stage.total) if stage else ()
        return int(self._run_claimed("renew", claim, self._lease_ms, *row))

    def commit(self, claim: Claim, outcome: Outcome) -> int:
        """Record a step's outcome; of failures that no retry can fix, only the first are listed.

        Returns how many further steps can start now, or -1 if the lease is lost and nothing was
        committed.
        """
        self._write_failures(claim, outcome.failures)
        fields = outcome.model_dump(exclude={"failures", "result"})
        fields["failed"] = len(outcome.failures)
        fields["result"] = json.dumps(outcome.result) if outcome.result is not None else None
        row = json.dumps(fields), LAST, self._retention_s
        return int(self._run_claimed("commit", claim, *row))

    def release(self, claim: Claim, *, counts: bool) -> None:
        """Give a step back unfinished; `counts` says whether this counts as an attempt."""
        self._run_claimed("release", claim, int(counts), self._retention_s)

    def fail(self, claim: Claim, problem: Problem) -> None:
        """Fail the whole job."""
        self._run_claimed("fail", claim, problem.model_dump_json(), self._retention_s)

    @translate_errors
    def count_attempt(self, job_id: str, step: int, item: int) -> int:
        """Count an attempt at an item of a step; return its attempts since the last success."""
        return int(self._redis.hincrby(job_key(job_id, "item-attempts"), f"{step}:{item}", 1))

    @translate_errors
    def clear_attempts(self, job_id: str, step: int, item: int) -> None:
        """Clear the attempts at an item of a step after it succeeded."""
        self._redis.hdel(job_key(job_id, "item-attempts"), f"{step}:{item}")

    def orphaned_steps(self, job_id: str, *, silent_s: float) -> int:
        """Return how many steps of a job can start but seem to have no message on the queue."""
        return int(self._run("orphaned_steps", job_id, int(silent_s * 1000)))

    @translate_errors
    def _write_failures(self, claim: Claim, failures: Sequence[Failure]) -> None:
        """Write a list that becomes part of the job's failures when the step is committed.

        The failures must not be passed to a script: in scripts, Redis hashes only parts of long
        strings, so an attacker could make many strings collide and block the server for minutes.
        """
        if not failures:
            return
        key = failures_key(claim.job_id, claim.token)
        pipe = self._redis.pipeline()
        pipe.delete(key)
        for batch in batched(_list_failures(failures), FAILURE_BATCH):
            pipe.rpush(key, *batch)
        pipe.expire(key, UNCOMMITTED_S)
        pipe.execute()

    def _create(self, script: str, *args: Any) -> Any:
        """Run a script that creates a job; if Redis has replicas, wait until one has the job."""
        run = self._run_replicated if self._replicated else self._run
        return self._numbers.issue(partial(run, script, *args))

    def _run_claimed(self, script: str, claim: Claim, *args: Any) -> Any:
        return self._run(script, claim.job_id, claim.step, claim.token, *args)

    @translate_errors
    def _run(self, script: str, *args: Any) -> Any:
        return self._scripts[script](args=[PREFIX, *args])

    @translate_errors
    def _run_replicated(self, script: str, *args: Any) -> Any:
        """Run a script, then WAIT on the same connection, so that the job survives a failover."""
        pipe: Any = self._redis.pipeline(transaction=False)
        self._scripts[script](args=[PREFIX, *args], client=pipe)
        pipe.execute_command("WAIT", 1, REPLICATION_WAIT_MS)
        return pipe.execute()[0]


def _list_failures(failures: Iterable[Failure]) -> Iterator[str]:
    """Yield failures as JSON: all that can be retried, and the first few that cannot."""
    others, size = 0, 0
    for failure in failures:
        row = failure.model_dump_json()
        if failure.entry is None:
            others, size = others + 1, size + len(row)
            if others > LISTED_FAILURES or size > LISTED_BYTES:
                continue
        yield row


def new_id() -> str:
    """Return a new job id."""
    return secrets.token_hex(12)
