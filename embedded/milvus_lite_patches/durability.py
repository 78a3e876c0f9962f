"""What Milvus Lite's engine lacks to keep what it acknowledged; applied before it opens anything.

It is written for one client. With several, two writers interleave their log records and recovery
drops all that follows; two first readers open one collection twice; a write that failed half way
(a full disk) is followed by others that recovery cannot reach; a search that meets a flush finds
rows neither in memory nor in a file. The first three lose acknowledged rows for good.
"""

import contextlib
import functools
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from milvus_lite.engine import collection
from milvus_lite.storage.wal import WAL

STORAGE_FAILED = 74  # EX_IOERR of sysexits.h

MUTATING = (
    "AlterAlias", "AlterCollection", "AlterDatabase", "CreateAlias", "CreateCollection",
    "CreateDatabase", "CreateIndex", "CreatePartition", "Delete", "DropAlias", "DropCollection",
    "DropDatabase", "DropIndex", "DropPartition", "Flush", "Insert", "LoadCollection",
    "ManualCompaction", "ReleaseCollection", "RenameCollection", "TruncateCollection", "Upsert",
)  # fmt: skip
OPENING = ("create_collection", "drop_collection", "get_collection", "rename_collection")
READING = ("get", "query", "search", "_num_entities")
FLUSHING = "_trigger_flush"
STORING = ("_apply", FLUSHING)

Call = Callable[..., Any]
Lock = Callable[[], contextlib.AbstractContextManager[Any]]

log = logging.getLogger(__name__)


@functools.cache
def apply() -> None:
    """Make the engine of this process safe for several clients; once."""
    # A search opens its collection too, and must not wait for a batch of rows: hence two locks.
    # Writers take the first, then the second; nobody takes them the other way round.
    writing, opening, files = threading.RLock(), threading.RLock(), SharedLock()
    _wrap(MilvusServicer, MUTATING, functools.partial(_holding, lambda: writing))
    _wrap(MilvusLite, OPENING, functools.partial(_holding, lambda: opening))
    _wrap(collection.Collection, STORING, _or_end)
    _wrap(collection.Collection, READING, functools.partial(_holding, files.shared))
    _wrap(collection.Collection, [FLUSHING], functools.partial(_holding, files.alone))
    collection.WAL = SyncedWAL


class SyncedWAL(WAL):  # type: ignore[misc]  # untyped vendor
    """A write-ahead log that is on the disk before its batch is acknowledged."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "sync_mode": "batch"})


class SharedLock:
    """Held by many readers together, or by one writer alone; a waiting writer goes first."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._readers = 0
        self._writers = 0  # at work or waiting

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Hold it with other readers."""
        with self._change:
            self._change.wait_for(lambda: not self._writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._change:
                self._readers -= 1
                self._change.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold it alone. Writers must be kept from one another by the caller."""
        with self._change:
            self._writers += 1
            self._change.wait_for(lambda: not self._readers)
        try:
            yield
        finally:
            with self._change:
                self._writers -= 1
                self._change.notify_all()


def _wrap(owner: type, names: Iterable[str], around: Callable[[Call], Call]) -> None:
    for name in names:
        setattr(owner, name, around(getattr(owner, name)))


def _holding(lock: Lock, call: Call) -> Call:
    @functools.wraps(call)
    def held(*args: Any, **options: Any) -> Any:
        with lock():
            return call(*args, **options)

    return held


def _or_end(call: Call) -> Call:
    @functools.wraps(call)
    def ended(*args: Any, **options: Any) -> Any:
        try:
            return call(*args, **options)
        except (OSError, MemoryError) as exc:
            # What is half written can only be repaired by replaying the log from its start.
            log.critical("%s failed: %r; ending, to recover at the next start", call, exc)
            logging.shutdown()
            os._exit(STORAGE_FAILED)

    return ended
