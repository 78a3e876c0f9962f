from datetime import UTC, datetime

import pytest

from core.errors import Conflict
from core.jobs import Failure, Job, JobKind, JobState, make_retry
from core.jobs.job import Progress

HOPELESS = Failure(file="row 1", code="invalid-input", reason="no sku")
BROKEN = Failure(file="a.jpg", code="worker-lost", reason="the worker died", entry=(1, 0))


def ended(state, failed):
    return Job(
        id="0" * 24,
        sequence=7,
        kind=JobKind.INGEST,
        collection="shop",
        args={"upload": "u"},
        state=state,
        progress=Progress(failed=failed),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_a_retry_of_failed_images_reads_no_more_failures_than_it_needs():
    failures = iter([HOPELESS, BROKEN, HOPELESS])
    new = make_retry(ended(JobState.PARTIAL, 3), failures)
    assert (new.args["only_failures_of"], new.sequence) == ("0" * 24, 7)
    assert list(failures) == [HOPELESS]


@pytest.mark.parametrize("state", [JobState.PARTIAL, JobState.FAILED])
def test_what_would_fail_again_is_not_retried(state):
    with pytest.raises(Conflict, match="would fail again"):
        make_retry(ended(state, 1), iter([HOPELESS]))


def test_a_job_that_failed_as_a_whole_is_repeated_as_a_whole():
    assert make_retry(ended(JobState.FAILED, 0), iter(())).args == {"upload": "u"}
