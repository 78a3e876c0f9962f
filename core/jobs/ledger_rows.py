"""How the ledger's hash of a job reads as a `Job`. Pure."""

import json
from datetime import UTC, datetime

from core.jobs.job import Job, JobKind, JobState, Problem, Progress


def text(value: object) -> str:
    """Redis' bytes as text."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _when(row: dict[str, str], name: str) -> datetime | None:
    return datetime.fromtimestamp(float(row[name]) / 1000, UTC) if name in row else None


def job_from(job_id: str, row: dict[str, str], marks: list[str]) -> Job:
    """A job of the fields and the marks of progress that the scripts wrote."""
    created = _when(row, "created_at")
    assert created is not None  # noqa: S101 - create.lua always writes it
    return Job(
        id=job_id,
        kind=JobKind(row["kind"]),
        collection=row["collection"],
        args=json.loads(row["args"]),
        state=JobState(row["state"]),
        progress=_progress(row, marks),
        created_at=created,
        started_at=_when(row, "started_at"),
        finished_at=_when(row, "finished_at"),
        cancel_requested=row.get("cancel") == "1",
        result=json.loads(row["result"]) if "result" in row else None,
        problem=Problem.model_validate_json(row["problem"]) if "problem" in row else None,
    )


def _progress(row: dict[str, str], marks: list[str]) -> Progress:
    done, failed, skipped = (int(row.get(name, 0)) for name in ("done", "failed", "skipped"))
    total = int(row["total"]) if "total" in row else None
    rate = _rate(marks) or _overall_rate(row, done + failed)
    left = None if total is None else total - done - failed - skipped
    eta = left / rate if left is not None and rate else None
    return Progress(
        done=done,
        failed=failed,
        skipped=skipped,
        updated=int(row.get("updated", 0)),
        total=total,
        rate=None if rate is None else round(rate, 1),
        eta_seconds=None if eta is None else round(eta, 1),
    )


def _overall_rate(row: dict[str, str], finished: int) -> float | None:
    """Images a second of a job that has ended."""
    if "finished_at" not in row or "started_at" not in row:
        return None
    took_ms = float(row["finished_at"]) - float(row["started_at"])
    return finished * 1000 / took_ms if took_ms > 0 else None


def _rate(marks: list[str]) -> float | None:
    """Images a second between the first and the last mark ("milliseconds finished")."""
    if len(marks) < 2:
        return None
    (t0, n0), (t1, n1) = (map(float, m.split()) for m in (marks[0], marks[-1]))
    return (n1 - n0) * 1000 / (t1 - t0) if t1 > t0 else None
