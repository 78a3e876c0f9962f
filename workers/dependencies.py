"""What a worker opens, once per process and on first use: after any fork, in the using process."""

from functools import lru_cache

from core.cache import Lists
from core.cache.search_rpc import Exchange
from core.cache.worker_metrics import SharedMetrics
from core.cache.worker_registry import Presence
from core.connections.redis_client import connect
from core.connections.urls import watched
from core.jobs import Ledger, Locks
from core.pipelines.services import Services
from core.recommender.options import RecommenderSettings
from core.settings import Settings
from core.storage import Collections, Files, Uploads
from core.vectors.milvus import MilvusVectors
from workers.encoder_cache import Encoders
from workers.enqueue import submit
from workers.milvus_probe import Looking


@lru_cache(maxsize=1)
def open_services() -> Services:
    """The rooms of this process."""
    settings = Settings()
    redis = connect(settings.redis)
    files = Files(settings.store)
    jobs = settings.jobs
    ledger = Ledger(
        redis,
        lease_s=jobs.lease_s,
        kept_s=jobs.kept_days * 86400,
        copied=watched(settings.redis) is not None,
    )
    return Services(
        files=files,
        collections=Collections(files),
        uploads=Uploads(files),
        vectors=MilvusVectors(settings.milvus, token=settings.milvus_token, ca=settings.tls_ca),
        ledger=ledger,
        locks=Locks(redis),
        encoder_of=open_encoders().of,
        presence=open_presence(),
        lists=Lists(connect(settings.cache)),
        recommender=RecommenderSettings.model_validate(settings.recommender),
        submit=lambda new: submit(new, ledger),
        limits=settings.limits,
        chunk=jobs.chunk,
        batch=settings.encoders.batch,
    )


@lru_cache(maxsize=1)
def open_exchange() -> Exchange:
    """Where this process takes up questions."""
    settings = Settings()
    return Exchange(connect(settings.cache), timeout_s=settings.search_timeout_s)


@lru_cache(maxsize=1)
def open_presence() -> Presence:
    """Where this process says that it is there."""
    return Presence(connect(Settings().cache))


@lru_cache(maxsize=1)
def open_metrics() -> SharedMetrics:
    """Where this process gives what it has counted."""
    return SharedMetrics(connect(Settings().cache))


@lru_cache(maxsize=1)
def open_encoders() -> Encoders:
    """The networks of this process."""
    return Encoders(Settings())


@lru_cache(maxsize=1)
def open_looking() -> Looking:
    """What this process has seen of Milvus."""
    return Looking(open_services().vectors)
