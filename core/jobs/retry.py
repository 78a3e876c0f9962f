"""Builds the retry of a finished job."""

from collections.abc import Iterable

from core.errors import Conflict
from core.jobs.job import Failure, Job, JobState, NewJob


def make_retry(job: Job, failures: Iterable[Failure]) -> NewJob:
    """Return a job that retries the failed part of a finished job.

    If individual images failed, the new job retries only these images; otherwise it repeats the
    whole job and skips images that are stored already. The new job keeps the old job's sequence
    number, so that it does not overwrite the changes of later requests.

    Raises:
        Conflict: the job is unfinished or succeeded, or none of its failures can be retried.
    """
    if not job.state.final:
        raise Conflict(f"job {job.id} is still {job.state}; wait for it or cancel it")
    if job.state is JobState.SUCCEEDED:
        raise Conflict(f"job {job.id} succeeded; there is nothing to retry")
    args = dict(job.args)
    if job.state is JobState.PARTIAL or (job.progress.failed and job.problem is None):
        if not any(failure.entry for failure in failures):
            raise Conflict(f"a retry of job {job.id} would fail again; upload corrected files")
        args["only_failures_of"] = job.id
    return NewJob(kind=job.kind, collection=job.collection, args=args, sequence=job.sequence)
