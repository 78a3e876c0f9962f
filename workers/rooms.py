"""What a worker opens, once per process and on first use: after any fork, in the using process."""

from functools import lru_cache

from core.addresses import watched
from core.exchange import Exchange
from core.jobs import Ledger, Locks
from core.lists import Lists
from core.pipelines.rooms import Rooms
from core.presence import Presence
from core.recommender.settings import RecommenderSettings
from core.redis_door import connect
from core.settings import Settings
from core.shared_metrics import SharedMetrics
from core.store import Collections, Files, Uploads
from core.vectors.milvus import MilvusVectors
from workers.encoders import Encoders
from workers.looking import Looking
from workers.publishing import submit


@lru_cache(maxsize=1)
def open_rooms() -> Rooms:
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
    return Rooms(
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
    return Looking(open_rooms().vectors)
