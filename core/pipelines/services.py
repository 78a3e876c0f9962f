"""The services that pipelines use; a worker opens them once."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.cache import CacheWriter, ItemCache, SimilarWriter, WordIndex
from core.cache.worker_registry import WorkerRegistry
from core.domain import EncoderIdentity
from core.downloads import Downloader
from core.encoders.class_head import ClassHead
from core.encoders.encoder import Encoder
from core.errors import Unavailable
from core.jobs import Job, JobQueue, Ledger, Locks, Stage
from core.pipelines.fitting.rules import FittingRules
from core.pipelines.training_schedule import TrainingSchedule
from core.recommender.options import RecommenderSettings
from core.settings import Limits
from core.storage import Collection, Stores
from core.vectors import VectorStore

if TYPE_CHECKING:  # it imports a library that few workers need
    from core.encoders.onnx.text_tower import TextTower


class Heartbeat(Protocol):
    """A function that steps call between batches."""

    def __call__(self, stage: Stage | None = None) -> None:
        """Show `stage` as the job's progress; raise `StepCancelled` if the step must stop."""


class StepCancelled(Exception):
    """Raised by a heartbeat to end a step without an outcome."""


class StepPostponed(Unavailable):
    """Raised by a step that waits for another job on purpose; it runs again a little later."""


def no_heartbeat(stage: Stage | None = None) -> None:
    """Do nothing: the heartbeat for work that must not be interrupted."""


@dataclass(frozen=True)
class Services(Stores):
    """The open stores, queues and caches."""

    vectors: VectorStore
    ledger: Ledger
    locks: Locks
    worker_registry: WorkerRegistry
    get_encoder: Callable[[EncoderIdentity], Encoder]
    class_head: Callable[[EncoderIdentity], ClassHead | None]
    text_tower: Callable[[EncoderIdentity], "TextTower | None"]
    lists: CacheWriter
    similar: SimilarWriter
    item_cache: ItemCache
    word_index: WordIndex
    downloader: Downloader
    job_queue: JobQueue
    training_schedule: TrainingSchedule
    recommender: RecommenderSettings
    limits: Limits
    chunk_size: int
    batch_size: int
    fitting: FittingRules = field(default_factory=FittingRules)
    scale_images: int = 40
    """Of so many images of a collection, distorted copies show what its scores mean."""
    cores: AbstractContextManager[object] = field(default_factory=nullcontext)
    """Held while a batch of images is decoded and embedded, by as many threads as have a core."""

    def collection(self, job: Job) -> Collection:
        """Return the collection of a job.

        Raises:
            NotFound: the collection was deleted in the meantime.
        """
        return self.collections.get(job.collection)
