from datetime import UTC, datetime

from lookalike.models import Job, JobState, Matches

JOB = {
    "id": "j1", "kind": "ingest", "collection": "demo", "state": "running",
    "progress": {"done": 3, "failed": 1, "skipped": 2, "total": 10, "rate": 4.5,
                 "eta_seconds": 0.9},
    "created_at": "2026-05-01T10:00:00Z", "started_at": "2026-05-01T10:00:01.500000+00:00",
    "finished_at": None, "result": None, "problem": None,
}  # fmt: skip


def test_a_job_is_read_with_its_times_and_state():
    job = Job.of(JOB)
    assert job.state is JobState.RUNNING
    assert not job.state.final
    assert job.created_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert job.progress.eta_seconds == 0.9
    assert job.finished_at is None


def test_fields_of_a_newer_server_are_passed_over():
    newer = JOB | {"colour": "blue", "progress": JOB["progress"] | {"stage": 2}}
    assert Job.of(newer) == Job.of(JOB)


def test_matches_keep_their_order():
    rows = [{"sku": sku, "score": 0.5, "view": "main", "image_url": "/i", "attributes": {}}
            for sku in "BAC"]  # fmt: skip
    found = Matches.of({"matches": rows, "timings": {"total_ms": 3.0}})
    assert [match.sku for match in found.matches] == ["B", "A", "C"]
