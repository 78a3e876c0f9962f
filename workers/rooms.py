"""What a worker opens, once per process and on first use: after any fork, in the using process."""

import threading
from functools import lru_cache
from pathlib import Path

from core.encoders.encoder import Encoder
from core.encoders.opening import open_encoder
from core.errors import Conflict
from core.exchange import Exchange
from core.jobs import Ledger, Locks, connect
from core.pipelines.rooms import Rooms
from core.settings import Settings
from core.store import Collection, Collections, Files, Uploads
from core.vectors.milvus import MilvusVectors


@lru_cache(maxsize=1)
def open_rooms() -> Rooms:
    """The rooms of this process."""
    settings = Settings()
    redis = connect(settings.redis)
    files = Files(settings.store)
    jobs = settings.jobs
    return Rooms(
        files=files,
        collections=Collections(files),
        uploads=Uploads(files),
        vectors=MilvusVectors(settings.milvus),
        ledger=Ledger(redis, lease_s=jobs.lease_s, kept_s=jobs.kept_days * 86400),
        locks=Locks(redis),
        encoder_of=open_encoders().of,
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
def open_encoders() -> "Encoders":
    """The networks of this process."""
    return Encoders(Settings())


class Encoders:
    """The networks this process has loaded."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = Path(settings.models)
        self._loaded: dict[str, Encoder] = {}
        self._lock = threading.Lock()

    def of(self, collection: Collection) -> Encoder:
        """The network whose vectors a collection holds.

        Raises:
            Conflict: ours makes other vectors than those in the collection.
        """
        encoder = self.open(collection.encoder.name)
        if encoder.identity != collection.encoder:
            raise Conflict(
                f"collection {collection.name!r} holds vectors of {collection.encoder}, but this "
                f"worker makes {encoder.identity}; the two must not be mixed"
            )
        return encoder

    def open(self, name: str) -> Encoder:
        """A network by its name, loaded once."""
        options = self._settings.encoders
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = open_encoder(
                    name,
                    folder=self._folder,
                    runtime=options.runtime,
                    precision=options.precision,
                    batch=options.batch,
                    streams=options.streams,
                )
            return self._loaded[name]
