"""The truth about jobs, in Redis A. A message on a queue only says that a job has work.

A job is made of steps: 0 plans it, 1 to n are its chunks, LAST ends it. A step is claimed under a
lease with a token, and committed only while that lease is held; so a step may be delivered twice,
or lose its worker, and still counts once.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from redis import Redis
from redis.commands.core import Script

from core.batching import batched
from core.connections.redis_client import guarded
from core.errors import Conflict, NotFound
from core.jobs.job import Failure, Job, JobKind, JobState, NewJob, Outcome, Problem
from core.jobs.ledger_rows import job_from, text

FIRST = 0
LAST = 1_000_000_000
COPIED_MS = 300
"""How long a job waits for a second Redis; where only one is left, it goes on without."""
_PREFIX = "lookalike:"
_TOGETHER = 200  # jobs that are read in one round trip
_SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Claim:
    """The right to do one step of a job. `tries` counts this one."""

    job_id: str
    step: int
    token: str
    tries: int


class Ledger:
    """Jobs by id.

    Every method raises `Unavailable` when Redis does not answer.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        lease_s: float = 30,
        kept_s: int = 30 * 86400,
        copied: bool = False,
    ) -> None:
        """With `copied`, a job is told of only when another Redis has it too, if there is one."""
        self._redis, self._copied = redis, copied
        self._lease_ms = int(lease_s * 1000)
        self._kept_s = kept_s
        common = (_SCRIPTS / "common.lua").read_text()
        self._scripts: dict[str, Script] = {
            path.stem: redis.register_script(f"{common}\n{path.read_text()}")
            for path in _SCRIPTS.glob("*.lua")
            if path.stem != "common"
        }

    def create(
        self, new: NewJob, *, idempotency_key: str | None = None, job_id: str | None = None
    ) -> Job:
        """Record a job; with a key that was seen before, return the job it made then."""
        digest = _digest(idempotency_key) if idempotency_key else ""
        row = (job_id or new_id(), new.kind, new.collection, json.dumps(new.args), digest)
        run = self._run_copied if self._copied else self._run
        return self.get(text(run("create", *row, self._kept_s)))

    @guarded
    def _run_copied(self, script: str, *args: object) -> object:
        """What takes its place when this Redis dies must know of it: WAIT, on one connection."""
        pipe: Any = self._redis.pipeline(transaction=False)
        self._scripts[script](args=[_PREFIX, *(cast("str", one) for one in args)], client=pipe)
        pipe.execute_command("WAIT", 1, COPIED_MS)
        return pipe.execute()[0]

    @guarded
    def find_by_key(self, idempotency_key: str) -> str | None:
        """The id of the job that a request with this key made, if there was one."""
        found = self._redis.get(f"{_PREFIX}idem:{_digest(idempotency_key)}")
        return text(found) if found else None

    @guarded
    def get(self, job_id: str) -> Job:
        """Read a job.

        Raises:
            NotFound: no such job, or it ended long ago.
        """
        (job,) = self._read([job_id])
        if job is None:
            raise NotFound(
                f"job {job_id!r} is not known; finished jobs are forgotten after a while"
            )
        return job

    def _read(self, ids: list[str]) -> list[Job | None]:
        pipe = self._redis.pipeline(transaction=False)
        for one in ids:
            pipe.hgetall(_key(one))
            pipe.lrange(_key(one, "marks"), 0, -1)
        told = pipe.execute()
        return [
            job_from(one, {text(k): text(v) for k, v in row.items()}, [text(m) for m in marks])
            if row
            else None
            for one, row, marks in zip(ids, told[::2], told[1::2], strict=True)
        ]

    @guarded
    def page(
        self, *, collection: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[Job], str | None]:
        """Jobs, the newest first, and the cursor of the next page if there is one."""
        index = f"{_PREFIX}jobs:{collection}" if collection else f"{_PREFIX}jobs"
        start = 0
        if cursor:
            rank = cast("int | None", self._redis.zrevrank(index, cursor))
            start = 0 if rank is None else rank + 1
        ids = [text(i) for i in self._redis.zrevrange(index, start, start + limit)]
        return self._known(index, ids[:limit]), ids[limit - 1] if len(ids) > limit else None

    def _known(self, index: str, ids: list[str]) -> list[Job]:
        """Jobs of an index, read some hundred at once; what is forgotten leaves the index."""
        found: list[Job] = []
        for some in batched(ids, _TOGETHER):
            jobs = self._read(some)
            found += [job for job in jobs if job]
            if gone := [one for one, job in zip(some, jobs, strict=True) if job is None]:
                self._redis.zrem(index, *gone)
        return found

    @guarded
    def failures(
        self, job_id: str, *, start: int = 0, limit: int = 100
    ) -> tuple[list[Failure], int | None]:
        """Files that could not be taken, in the order found, and where the next page starts."""
        self.get(job_id)
        rows = self._redis.lrange(_key(job_id, "failures"), start, start + limit)
        found = [Failure.model_validate_json(row) for row in rows[:limit]]
        return found, start + limit if len(rows) > limit else None

    def all_failures(self, job_id: str) -> Iterator[Failure]:
        """Every failure of a job."""
        start: int | None = 0
        while start is not None:
            found, start = self.failures(job_id, start=start, limit=1000)
            yield from found

    def cancel(self, job_id: str) -> Job:
        """Ask for a job to stop; it does so within one chunk.

        Raises:
            NotFound: no such job.
            Conflict: it has ended already.
        """
        job = self.get(job_id)
        if not self._run("cancel", job_id, self._kept_s):
            raise Conflict(f"job {job_id} has ended already: {job.state}")
        return self.get(job_id)

    def claim(self, job_id: str) -> Claim | None:
        """Take the next step of a job, or None if there is nothing to do now."""
        token = secrets.token_hex(8)
        found = self._run("claim", job_id, token, self._lease_ms, self._kept_s)
        if not found:
            return None
        step, tries = cast("list[Any]", found)
        return Claim(job_id=job_id, step=int(step), token=token, tries=int(tries))

    def renew(self, claim: Claim) -> int:
        """Say that a step is still worked on: 1 go on, 0 the lease is lost, -1 cancelled."""
        found = self._run("renew", claim.job_id, claim.step, claim.token, self._lease_ms)
        return int(cast("int", found))

    def commit(self, claim: Claim, outcome: Outcome) -> int:
        """Count what a step came to.

        Returns how many further steps can start now; -1 if the lease was lost and nothing counted.
        """
        fields = outcome.model_dump(exclude={"failures", "result"})
        fields["failures"] = [failure.model_dump_json() for failure in outcome.failures]
        fields["result"] = json.dumps(outcome.result) if outcome.result is not None else None
        found = self._run(
            "commit", claim.job_id, claim.step, claim.token, json.dumps(fields), LAST, self._kept_s
        )
        return int(cast("int", found))

    @guarded
    def attempt(self, job_id: str, step: int, place: int) -> int:
        """Count that a part of a step is begun; return how often it was begun and not survived."""
        return int(self._redis.hincrby(_key(job_id, "attempts"), f"{step}:{place}", 1))

    @guarded
    def survived(self, job_id: str, step: int, place: int) -> None:
        """Forget the attempts at a part of a step: it is through."""
        self._redis.hdel(_key(job_id, "attempts"), f"{step}:{place}")

    def release(self, claim: Claim, *, counts: bool) -> None:
        """Give a step back undone; `counts` says whether this was one of its tries."""
        self._run(
            "release", claim.job_id, claim.step, claim.token, "1" if counts else "0", self._kept_s
        )

    def fail(self, claim: Claim, problem: Problem) -> None:
        """End the whole job with a problem."""
        self._run(
            "fail", claim.job_id, claim.step, claim.token, problem.model_dump_json(), self._kept_s
        )

    @guarded
    def open_jobs(self) -> list[Job]:
        """All jobs that have not ended, the longest silent first."""
        index = f"{_PREFIX}open"
        ids = [text(i) for i in self._redis.zrange(index, 0, -1)]
        return self._known(index, ids)

    @guarded
    def open_count(self) -> int:
        """How many jobs have not ended."""
        return int(self._redis.zcard(f"{_PREFIX}open"))

    def waiting(self, kind: JobKind, collection: str) -> Job | None:
        """A job of that kind that nobody has begun: what changes now, it will see."""
        for job in self.open_jobs():
            same = (job.kind, job.collection) == (kind, collection)
            if same and job.state is JobState.QUEUED and not job.cancel_requested:
                return job
        return None

    def forgotten(self, job_id: str, *, silent_s: float) -> int:
        """How many steps of a job could start although no message seems to tell of them."""
        return int(cast("int", self._run("forgotten", job_id, int(silent_s * 1000))))

    @guarded
    def once_in(self, what: str, seconds: float) -> bool:
        """True for one caller of all processes in each stretch of so many seconds."""
        key = f"{_PREFIX}once:{what}"
        return bool(self._redis.set(key, b"1", nx=True, px=int(seconds * 1000)))

    @guarded
    def queue_length(self, queue: str) -> int:
        """Messages that wait on a Celery queue."""
        return int(self._redis.llen(queue))

    @guarded
    def ended(self) -> dict[tuple[str, str], int]:
        """How many jobs of each kind have ever ended in each state."""
        rows = cast("dict[bytes, bytes]", self._redis.hgetall(f"{_PREFIX}ended"))
        pairs = ((text(name).split(), int(count)) for name, count in rows.items())
        return {(kind, state): count for (kind, state), count in pairs}

    @guarded
    def _run(self, script: str, job_id: str, *args: object) -> object:
        return self._scripts[script](args=[_PREFIX, job_id, *(cast("str", a) for a in args)])


def new_id() -> str:
    """A fresh id of a job."""
    return secrets.token_hex(12)


def _key(job_id: str, part: str = "") -> str:
    return f"{_PREFIX}job:{job_id}" + (f":{part}" if part else "")


def _digest(idempotency_key: str) -> str:
    return hashlib.sha256(idempotency_key.encode()).hexdigest()
