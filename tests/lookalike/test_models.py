from datetime import UTC, datetime

from lookalike.models import Job, JobState, Matches, Reason

JOB = {
    "id": "j1", "kind": "ingest", "collection": "demo", "state": "running",
    "progress": {"done": 3, "failed": 1, "skipped": 2, "total": 10, "rate": 4.5,
                 "eta_seconds": 0.9},
    "created_at": "2026-05-01T10:00:00Z", "started_at": "2026-05-01T10:00:01.500000+00:00",
    "finished_at": None, "result": None, "problem": None,
}  # fmt: skip


def test_a_job_is_parsed_with_its_times_and_state():
    job = Job.from_json(JOB)
    assert job.state is JobState.RUNNING
    assert not job.state.final
    assert job.created_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert job.progress.eta_seconds == 0.9
    assert job.finished_at is None


def test_fields_of_a_newer_server_are_ignored():
    newer = JOB | {"colour": "blue", "progress": JOB["progress"] | {"colour": 2}}
    assert Job.from_json(newer) == Job.from_json(JOB)


def test_matches_keep_their_order():
    rows = [{"sku": sku, "score": 0.5, "view": "main", "image_url": "/i", "attributes": {}}
            for sku in "BAC"]  # fmt: skip
    matches = Matches.from_json({"matches": rows, "timings": {"total_ms": 3.0}})
    assert [match.sku for match in matches.matches] == ["B", "A", "C"]


def test_a_reason_is_written_as_it_was_read():
    body = {"kind": "looks_like", "with": "A", "similarity": 0.5}
    reason = Reason.from_json(body)
    assert reason == Reason("looks_like", with_sku="A", similarity=0.5)
    assert reason.to_json() == body
