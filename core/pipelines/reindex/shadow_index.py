"""The vector index that a job writes: the serving index for a repair, else a shadow index."""

from core.errors import Conflict
from core.jobs import ChangeEncoderArgs, Job, JobKind, RebuildArgs
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
        raise Conflict(f"the shadow index of job {job.id} was discarded; start a new job")
    return collection.shadow_index


def prepare_index(job: Job, services: Services) -> VectorIndex:
    """Return the index that the job writes; create the index unless it exists.

    Raises:
        Conflict: another job is building an index of the collection.
    """
    with services.locks.exclusive(job.collection):
        collection = services.collection(job)
        if is_repair(job):
            index = collection.indexes[0]
        else:
            _discard_abandoned(collection, services)
            encoder = collection.encoder
            if job.kind is JobKind.CHANGE_ENCODER:
                encoder = ChangeEncoderArgs.model_validate(job.args).encoder
            index = services.collections.stage_index(collection.name, encoder, job.id)
        services.vectors.create(index.name, index.encoder.dim)
        return index


def _discard_abandoned(collection: Collection, services: Services) -> None:
    """Discard the shadow index of a job that failed or was cancelled."""
    shadow = collection.shadow_index
    jobs = services.ledger.open_jobs_of(collection.name)
    if shadow and shadow.job not in {job.id for job in jobs}:
        services.collections.discard_index(collection.name, shadow.job)
