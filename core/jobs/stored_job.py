"""Deserializes a job from the Redis values that the ledger's scripts write."""

import json
from datetime import UTC, datetime

from core.domain import ImageProblem
from core.jobs.job import Job, JobKind, JobState, Problem, Progress


def to_text(value: object) -> str:
    """Return a Redis value as text."""
    return value.decode() if isinstance(value, bytes) else str(value)


def deserialize_job(job_id: str, fields: dict[str, str], samples: list[str]) -> Job:
    """Build a job from its hash and its progress samples ("milliseconds images", oldest first)."""
    return Job(
        id=job_id,
        kind=JobKind(fields["kind"]),
        collection=fields["collection"],
        args=json.loads(fields["args"]),
        sequence=int(fields["sequence"]),
        state=JobState(fields["state"]),
        progress=_progress(fields, samples),
        created_at=_to_time(fields["created_at"]),
        scheduled_for=_find_time(fields, "not_before"),
        started_at=_find_time(fields, "started_at"),
        finished_at=_find_time(fields, "finished_at"),
        cancel_requested=fields.get("cancel") == "1",
        image_problems={
            problem: int(fields[name])
            for problem in ImageProblem
            if (name := f"image_problem:{problem}") in fields
        },
        result=json.loads(fields["result"]) if "result" in fields else None,
        problem=Problem.model_validate_json(fields["problem"]) if "problem" in fields else None,
    )


def _find_time(fields: dict[str, str], name: str) -> datetime | None:
    return _to_time(fields[name]) if name in fields else None


def _to_time(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(float(milliseconds) / 1000, UTC)


def _progress(fields: dict[str, str], samples: list[str]) -> Progress:
    if "stage" in fields:
        return Progress(
            stage=fields["stage"],
            done=int(fields["stages_done"]),
            total=int(fields["stages_total"]),
        )
    done, failed, skipped = (int(fields.get(name, 0)) for name in ("done", "failed", "skipped"))
    total = int(fields["total"]) if "total" in fields else None
    rate = _recent_rate(samples) or _overall_rate(fields, done + failed)
    remaining = None if total is None else total - done - failed - skipped
    eta = remaining / rate if remaining is not None and rate else None
    return Progress(
        done=done,
        failed=failed,
        skipped=skipped,
        updated=int(fields.get("updated", 0)),
        total=total,
        rate=None if rate is None else round(rate, 1),
        eta_seconds=None if eta is None else round(eta, 1),
    )


def _overall_rate(fields: dict[str, str], images: int) -> float | None:
    """Return the images per second over the whole run of a finished job."""
    if "finished_at" not in fields or "started_at" not in fields:
        return None
    took_ms = float(fields["finished_at"]) - float(fields["started_at"])
    return images * 1000 / took_ms if took_ms > 0 else None


def _recent_rate(samples: list[str]) -> float | None:
    """Return the images per second between the first and the last sample."""
    if len(samples) < 2:
        return None
    (t0, n0), (t1, n1) = (map(float, sample.split()) for sample in (samples[0], samples[-1]))
    return (n1 - n0) * 1000 / (t1 - t0) if t1 > t0 else None
