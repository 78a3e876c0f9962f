"""The services of a worker process, created on first use, thus after any fork."""

from functools import cached_property, lru_cache

from redis import Redis

from core.cache import CacheWriter
from core.cache.search_rpc import SearchRpc
from core.cache.worker_metrics import WorkerMetrics
from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import connect
from core.jobs import JobQueue, Ledger, Locks
from core.pipelines.services import Services
from core.recommender.options import RecommenderSettings
from core.settings import Settings
from core.storage import Collections, Uploads, open_backend
from core.vectors.milvus import MilvusVectors
from workers.encoder_cache import EncoderCache
from workers.enqueue import send_task
from workers.executor import StepPolicy
from workers.milvus_health import MilvusProbe


class WorkerServices:
    """Everything that the tasks and the background threads of a worker use."""

    @cached_property
    def settings(self) -> Settings:
        """The settings of this process."""
        return Settings()

    @cached_property
    def services(self) -> Services:
        """The services that pipelines use."""
        settings = self.settings
        files = open_backend(settings.store)
        return Services(
            files=files,
            collections=Collections(files),
            uploads=Uploads(files),
            vectors=MilvusVectors(settings.milvus, token=settings.milvus_token, ca=settings.tls_ca),
            ledger=self.ledger,
            locks=Locks(self.redis),
            get_encoder=self.encoders.get,
            worker_registry=self.worker_registry,
            lists=CacheWriter(connect(settings.cache)),
            recommender=RecommenderSettings.model_validate(settings.recommender),
            submit=self.job_queue.submit,
            limits=settings.limits,
            chunk_size=settings.jobs.chunk_size,
            batch_size=settings.encoders.batch_size,
        )

    @cached_property
    def redis(self) -> Redis:
        """The client of Redis A."""
        return connect(self.settings.redis)

    @cached_property
    def ledger(self) -> Ledger:
        """The job ledger."""
        return Ledger(self.redis, **self.settings.ledger_options)

    @cached_property
    def job_queue(self) -> JobQueue:
        """Where jobs are submitted, and enqueued again when they have more work."""
        return JobQueue(self.ledger, send_task)

    @cached_property
    def step_policy(self) -> StepPolicy:
        """Lease, timeout and attempts of job steps."""
        jobs = self.settings.jobs
        return StepPolicy(
            lease_s=jobs.lease_s,
            max_attempts=jobs.max_attempts,
            max_queued_steps=jobs.max_queued_steps,
            step_timeout_s=jobs.step_timeout_s,
        )

    @cached_property
    def search_rpc(self) -> SearchRpc:
        """The search requests to answer."""
        settings = self.settings
        return SearchRpc(connect(settings.cache), timeout_s=settings.search_timeout_s)

    @cached_property
    def worker_registry(self) -> WorkerRegistry:
        """The registry of live workers."""
        return WorkerRegistry(connect(self.settings.cache))

    @cached_property
    def metrics(self) -> WorkerMetrics:
        """Where this process publishes its metrics."""
        return WorkerMetrics(connect(self.settings.cache))

    @cached_property
    def encoders(self) -> EncoderCache:
        """The encoders in memory."""
        return EncoderCache(self.settings)

    @cached_property
    def milvus_probe(self) -> MilvusProbe:
        """The health of Milvus as seen by this process."""
        return MilvusProbe(self.services.vectors)


@lru_cache(maxsize=1)
def worker_services() -> WorkerServices:
    """Return the services of this process."""
    return WorkerServices()
