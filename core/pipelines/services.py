"""The services that pipelines work with: opened once per worker, or by tests."""

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
    """Called between batches; raises `StepCancelled` if the step must stop."""

    def __call__(self, stage: Stage | None = None) -> None:
        """Check whether to continue; `stage` is shown as the job's progress, if given."""


class StepCancelled(Exception):
    """Raised by a heartbeat: the step must end without an outcome."""


def no_heartbeat(stage: Stage | None = None) -> None:
    """Do nothing: the heartbeat of work that must not be interrupted."""


@dataclass(frozen=True)
class Services(Stores):
    """Stores, queues and caches, opened."""

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
            NotFound: it was deleted meanwhile.
        """
        return self.collections.get(job.collection)

    def reload_collection(self, collection: Collection) -> Collection:
        """Return the current version of a collection.

        Raises:
            NotFound: it was deleted meanwhile, even if another of that name was created since.
        """
        current = self.collections.get(collection.name)
        if current.created_at != collection.created_at:
            raise NotFound(f"collection {collection.name!r} was deleted meanwhile")
        return current
