"""The services of a worker process, created on first use and therefore after any fork."""

from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, lru_cache
from threading import BoundedSemaphore

from kombu.exceptions import OperationalError
from redis import Redis

from core.cache import CacheWriter, ItemCache, SimilarWriter, WordIndex
from core.cache.search_queue import SearchQueue
from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import connect
from core.downloads import Downloader
from core.encoders.factory import choose_runtime
from core.errors import Unavailable
from core.jobs import JobMessage, JobQueue, Ledger, Locks
from core.observability.tracing import inject
from core.pipelines.fitting.rules import FittingRules
from core.pipelines.services import Services
from core.pipelines.training_schedule import TrainingSchedule
from core.recommender.options import RecommenderSettings
from core.settings import MEBIBYTE, Settings
from core.storage import Collections, ReservedNumbers, Uploads, open_backend
from core.storage.backends import StorageBackend
from core.vectors.milvus import MilvusVectors
from workers.app import app
from workers.encoder_cache import EncoderCache


class WorkerServices:
    """Everything that the tasks and the background threads of a worker use."""

    @cached_property
    def settings(self) -> Settings:
        """The settings of this process."""
        return Settings()

    @cached_property
    def services(self) -> Services:
        """The services of the pipelines."""
        settings, files = self.settings, self.files
        return Services(
            files=files,
            collections=Collections(files),
            uploads=Uploads(files),
            vectors=MilvusVectors(settings.milvus, token=settings.milvus_token, ca=settings.tls_ca),
            ledger=self.ledger,
            locks=Locks(self.redis),
            get_encoder=self.encoders.get,
            class_head=self.encoders.class_head,
            text_tower=self.encoders.text_tower,
            worker_registry=self.worker_registry,
            lists=CacheWriter(connect(settings.cache)),
            similar=SimilarWriter(connect(settings.cache)),
            item_cache=ItemCache(connect(settings.cache)),
            word_index=WordIndex(connect(settings.cache)),
            downloader=Downloader(
                settings.downloads,
                max_bytes=settings.limits.max_image_mb * MEBIBYTE,
                ca=settings.tls_ca,
            ),
            recommender=RecommenderSettings.model_validate(settings.recommender),
            job_queue=self.job_queue,
            fitting=FittingRules.from_settings(settings.jobs),
            scale_images=settings.jobs.scale_images,
            training_schedule=TrainingSchedule.from_settings(settings.jobs),
            limits=settings.limits,
            chunk_size=settings.jobs.chunk_size,
            batch_size=settings.encoders.batch_size,
            cores=self._cores(),
        )

    def _cores(self) -> AbstractContextManager[object]:
        """Return a semaphore with a place per core; TensorFlow uses all cores by itself.

        Threads that take turns on a core push each other's data out of its cache: with two threads
        per core, imports were a tenth slower.
        """
        options = self.settings.encoders
        if choose_runtime(options.runtime) == "openvino":
            return BoundedSemaphore(options.streams)
        return nullcontext()

    @cached_property
    def files(self) -> StorageBackend:
        """The store."""
        return open_backend(self.settings.store)

    @cached_property
    def redis(self) -> Redis:
        """The client of Redis A."""
        return connect(self.settings.redis)

    @cached_property
    def ledger(self) -> Ledger:
        """The job ledger."""
        reserve = ReservedNumbers(self.files).reserve
        return Ledger(self.redis, reserve=reserve, **self.settings.ledger_options)

    @cached_property
    def job_queue(self) -> JobQueue:
        """The queue of new jobs and of jobs with work left."""
        return JobQueue(self.ledger, _send_task)

    @cached_property
    def search_queue(self) -> SearchQueue:
        """The queue of searches."""
        settings = self.settings
        return SearchQueue(connect(settings.cache), timeout_s=settings.search_timeout_s)

    @cached_property
    def worker_registry(self) -> WorkerRegistry:
        """The registry of live workers."""
        return WorkerRegistry(connect(self.settings.cache))

    @cached_property
    def encoders(self) -> EncoderCache:
        """The encoders in memory."""
        return EncoderCache(self.settings, self.files)


@lru_cache(maxsize=1)
def worker_services() -> WorkerServices:
    """Return the services of this process."""
    return WorkerServices()


def _send_task(message: JobMessage) -> None:
    kind, job_id, _ = message
    try:
        app.send_task(
            kind.value, args=[job_id], queue=kind.queue, shadow=message.title, headers=inject()
        )
    except OperationalError as exc:
        raise Unavailable(f"the job queue is unavailable: {exc}") from exc
