"""The job ledger in Redis A: the authoritative state of all jobs.

A message on a Celery queue only says that a job has work. A job consists of steps: 0 plans it, 1 to
n are its chunks, LAST finishes it. A worker claims a step under a lease with a token, and can
commit the step only while that lease is valid; a step that runs twice therefore counts once.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.commands.core import Script

from core.connections.redis_client import translate_errors
from core.errors import Conflict
from core.jobs.job import Job, NewJob, Outcome, Problem, Stage
from core.jobs.ledger_reader import PREFIX, LedgerReader, digest_of, job_key
from core.jobs.stored_job import to_text

FIRST = 0
LAST = 1_000_000_000
REPLICATION_WAIT_MS = 300
"""How long `create` waits for a replica before it continues without one."""
_SCRIPTS = Path(__file__).parent / "scripts"


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
    ) -> None:
        """Open the ledger; with `replicated`, `create` waits until a replica has the job."""
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

    def create(
        self, new: NewJob, *, idempotency_key: str | None = None, job_id: str | None = None
    ) -> Job:
        """Record a job; return the existing job if the idempotency key was used before."""
        digest = digest_of(idempotency_key) if idempotency_key else ""
        row = (job_id or new_id(), new.kind, new.collection, json.dumps(new.args), digest)
        run = self._run_replicated if self._replicated else self._run
        return self.get(to_text(run("create", *row, self._retention_s)))

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
        """Renew a lease and record the stage of the step, if it has stages.

        Returns 1 to continue, 0 if the lease is lost, -1 if the job is cancelled.
        """
        row = (stage.name, stage.done, stage.total) if stage else ()
        return int(self._run_claimed("renew", claim, self._lease_ms, *row))

    def commit(self, claim: Claim, outcome: Outcome) -> int:
        """Record the outcome of a step.

        Returns how many further steps can start now, or -1 if the lease is lost and nothing counts.
        """
        fields = outcome.model_dump(exclude={"failures", "result"})
        fields["failures"] = [failure.model_dump_json() for failure in outcome.failures]
        fields["result"] = json.dumps(outcome.result) if outcome.result is not None else None
        row = json.dumps(fields), LAST, self._retention_s
        return int(self._run_claimed("commit", claim, *row))

    def release(self, claim: Claim, *, counts: bool) -> None:
        """Give a step back unfinished; `counts` says whether this was one of its attempts."""
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

    def _run_claimed(self, script: str, claim: Claim, *args: Any) -> Any:
        return self._run(script, claim.job_id, claim.step, claim.token, *args)

    @translate_errors
    def _run(self, script: str, *args: Any) -> Any:
        return self._scripts[script](args=[PREFIX, *args])

    @translate_errors
    def _run_replicated(self, script: str, *args: Any) -> Any:
        """Run a script, then WAIT on the same connection: after a failover the job must exist."""
        pipe: Any = self._redis.pipeline(transaction=False)
        self._scripts[script](args=[PREFIX, *args], client=pipe)
        pipe.execute_command("WAIT", 1, REPLICATION_WAIT_MS)
        return pipe.execute()[0]


def new_id() -> str:
    """Return a new job id."""
    return secrets.token_hex(12)
