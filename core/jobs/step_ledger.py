"""The steps of jobs in the ledger, as workers run them.

A job consists of steps: 0 plans it, 1 to n are its chunks, LAST finishes it. A worker claims a step
under a lease with a token, and can commit the step only while that lease is valid; a step that runs
twice therefore counts once.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.commands.core import Script

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.jobs.job import Failure, Outcome, Problem, Stage
from core.jobs.ledger_reader import PREFIX, LedgerReader, failures_key, job_key

FIRST = 0
LAST = 1_000_000_000
LISTED_FAILURES = 10_000
"""Failures of a step that are listed; the others are only counted."""
LISTED_BYTES = 10_000_000
FAILURE_BATCH = 500
UNCOMMITTED_S = 3600
_SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Claim:
    """The right to run one step of a job; `attempts` includes this attempt."""

    job_id: str
    step: int
    token: str
    attempts: int


class StepLedger(LedgerReader):
    """Claims, leases and outcomes of steps."""

    def __init__(self, redis: Redis, *, lease_s: float, retention_s: int) -> None:
        super().__init__(redis)
        self._lease_ms = int(lease_s * 1000)
        self._retention_s = retention_s
        common = (_SCRIPTS / "common.lua").read_text()
        self._scripts: dict[str, Script] = {
            path.stem: redis.register_script(f"{common}\n{path.read_text()}")
            for path in _SCRIPTS.glob("*.lua")
            if path.stem != "common"
        }

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

    def _run_claimed(self, script: str, claim: Claim, *args: Any) -> Any:
        return self._run(script, claim.job_id, claim.step, claim.token, *args)

    @translate_errors
    def _run(self, script: str, *args: Any) -> Any:
        return self._scripts[script](args=[PREFIX, *args])


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
