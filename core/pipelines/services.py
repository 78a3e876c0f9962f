"""The services that pipelines use; a worker opens them once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.cache import CacheWriter
from core.cache.worker_registry import WorkerRegistry
from core.domain import EncoderIdentity
from core.encoders.encoder import Encoder
from core.errors import NotFound
from core.jobs import Job, Ledger, Locks, NewJob, Stage
from core.recommender.options import RecommenderSettings
from core.settings import Limits
from core.storage import Collection, Stores
from core.vectors import VectorStore


class Heartbeat(Protocol):
    """A function that steps call between batches."""

    def __call__(self, stage: Stage | None = None) -> None:
        """Show `stage` as the job's progress; raise `StepCancelled` if the step must stop."""


class StepCancelled(Exception):
    """Raised by a heartbeat to end a step without an outcome."""


def no_heartbeat(stage: Stage | None = None) -> None:
    """Do nothing, as the heartbeat of uninterruptible work."""


@dataclass(frozen=True)
class Services(Stores):
    """The open stores, queues and caches."""

    vectors: VectorStore
    ledger: Ledger
    locks: Locks
    worker_registry: WorkerRegistry
    get_encoder: Callable[[EncoderIdentity], Encoder]
    lists: CacheWriter
    submit: Callable[[NewJob], Job]
    recommender: RecommenderSettings
    limits: Limits
    chunk_size: int
    batch_size: int

    def collection(self, job: Job) -> Collection:
        """Return the collection of a job.

        Raises:
            NotFound: the collection was deleted in the meantime.
        """
        return self.collections.get(job.collection)

    def reload_collection(self, collection: Collection) -> Collection:
        """Return the current version of a collection.

        Raises:
            NotFound: it was deleted in the meantime, even if a new collection has the same name.
        """
        current = self.collections.get(collection.name)
        if current.created_at != collection.created_at:
            raise NotFound(f"collection {collection.name!r} was deleted in the meantime")
        return current
