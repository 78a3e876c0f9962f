"""The vector index that a job writes: the serving index for a repair, else a shadow index."""

from core.errors import Conflict
from core.jobs import Job, JobKind, RebuildArgs
from core.pipelines.fitting.choice import Choice
from core.pipelines.services import Services
from core.storage import Collection, VectorIndex


def is_repair(job: Job) -> bool:
    """Return whether the job repairs the serving index."""
    return job.kind is JobKind.REBUILD and RebuildArgs.model_validate(job.args).repair


def target_index(job: Job, collection: Collection) -> VectorIndex:
    """Return the index that the job writes.

    Raises:
        Conflict: the job's shadow index was discarded.
    """
    if is_repair(job):
        return collection.indexes[0]
    if collection.shadow_index is None or collection.shadow_index.job != job.id:
        raise Conflict(f"the vectors that job {job.id} had built were discarded; start a new job")
    return collection.shadow_index


def find_target(job: Job, collection: Collection) -> VectorIndex | None:
    """Return the index that the job writes, or None if the job has not chosen its encoder yet."""
    shadow = collection.shadow_index
    if is_repair(job):
        return collection.indexes[0]
    return shadow if shadow and shadow.job == job.id else None


def prepare_index(job: Job, choice: Choice, services: Services) -> VectorIndex | None:
    """Stage an index for the chosen encoder, and record the fit of its recipe.

    Return None if there is nothing to build.

    Raises:
        Conflict: another job is building an index of the collection.
    """
    with services.locks.exclusive(job.collection):
        collection = services.collection(job)
        _discard_abandoned(collection, services)
        if choice.attempt:
            services.collections.set_fit(collection.name, choice.attempt.fit)
            if choice.attempt.statistics:
                services.statistics(collection).write(choice.attempt.statistics)
        if choice.encoder is None:
            return None
        index = services.collections.stage_index(collection.name, choice.encoder, job.id)
        services.vectors.create(index.name, index.encoder.dim)
        return index


def _discard_abandoned(collection: Collection, services: Services) -> None:
    """Discard the shadow index of a job that failed or was cancelled."""
    shadow = collection.shadow_index
    jobs = services.ledger.open_jobs_of(collection.name)
    if shadow and shadow.job not in {job.id for job in jobs}:
        services.collections.discard_index(collection.name, shadow.job)
