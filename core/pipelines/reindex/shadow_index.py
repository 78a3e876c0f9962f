"""Which space a job makes the vectors of."""

from core.domain import EncoderIdentity
from core.errors import Conflict
from core.jobs import ChangeEncoderArgs, Job, JobKind, RebuildArgs
from core.pipelines.services import Services
from core.storage import Collection, Space


def is_repair(job: Job) -> bool:
    """Whether the job works on the space in use."""
    return job.kind is JobKind.REBUILD and RebuildArgs.model_validate(job.args).repair


def encoder_of(job: Job, collection: Collection) -> EncoderIdentity:
    """What the job's vectors are to be made with."""
    if job.kind is JobKind.CHANGE_ENCODER:
        return ChangeEncoderArgs.model_validate(job.args).encoder
    return collection.encoder


def space_of(job: Job, collection: Collection) -> Space:
    """The space that the job makes.

    Raises:
        Conflict: it is no longer this job's to make.
    """
    if is_repair(job):
        return collection.spaces[0]
    if collection.beside is None or collection.beside.job != job.id:
        raise Conflict(f"the vectors that job {job.id} made were given up; start it again")
    return collection.beside


def begin(job: Job, services: Services) -> Space:
    """The space that the job makes, made if it is not there.

    Raises:
        Conflict: another job makes one; wait for it or cancel it.
    """
    with services.locks.changing(job.collection):
        collection = services.collection(job)
        if is_repair(job):
            space = collection.spaces[0]
        else:
            _take_over(collection, services)
            encoder = encoder_of(job, collection)
            space = services.collections.begin_beside(collection.name, encoder, job.id)
        services.vectors.create(space.name, space.encoder.dim)
        return space


def _take_over(collection: Collection, services: Services) -> None:
    """Give up what a job has left that was cancelled or failed."""
    if collection.beside and collection.beside.job not in {
        j.id for j in services.ledger.open_jobs()
    }:
        services.collections.abandon_beside(collection.name, collection.beside.job)
