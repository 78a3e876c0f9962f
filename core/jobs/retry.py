"""What a retry of a job is. Pure."""

from collections.abc import Sequence

from core.errors import Conflict
from core.jobs.job import Failure, Job, JobState, NewJob


def again(job: Job, failures: Sequence[Failure]) -> NewJob:
    """The job that tries again what an ended one did not bring about.

    What failed picture by picture is taken up from there; else all is done again, and what is
    there already is skipped.

    Raises:
        Conflict: the job has not ended, had no failures, or none that could end otherwise.
    """
    if not job.state.final:
        raise Conflict(f"job {job.id} is still {job.state}; wait for it or cancel it")
    if job.state is JobState.SUCCEEDED:
        raise Conflict(f"job {job.id} succeeded; there is nothing to try again")
    args = dict(job.args)
    if job.state is JobState.PARTIAL or (failures and job.problem is None):
        if not any(failure.entry for failure in failures):
            raise Conflict(f"job {job.id}: no failure of it can end otherwise; send the files anew")
        args["only_failures_of"] = job.id
    return NewJob(kind=job.kind, collection=job.collection, args=args)
