"""Makes Milvus Lite keep acknowledged rows; call `apply` before the engine opens a collection.

The engine is written for a single client. With several clients:

* two writers interleave their log records, and recovery discards all records after them;
* two readers that arrive right after the start each open the same collection;
* recovery cannot reach the writes after a write that failed halfway (full disk);
* a search during a flush misses rows that are neither in memory nor in a file yet.

The first three errors lose acknowledged rows for good.
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
PERSISTING = ("_apply", FLUSHING)

Call = Callable[..., Any]
Lock = Callable[[], contextlib.AbstractContextManager[Any]]

log = logging.getLogger(__name__)


@functools.cache
def apply() -> None:
    """Patch the engine of this process; later calls do nothing."""
    # Searches open their collections too, and must not wait for a batch of rows: hence two locks.
    # Writers acquire `writing` before `opening`; no thread acquires them in reverse order.
    writing, opening, files = threading.RLock(), threading.RLock(), ReadWriteLock()
    _wrap(MilvusServicer, MUTATING, functools.partial(_with_lock, lambda: writing))
    _wrap(MilvusLite, OPENING, functools.partial(_with_lock, lambda: opening))
    _wrap(collection.Collection, PERSISTING, _exit_on_storage_error)
    _wrap(collection.Collection, READING, functools.partial(_with_lock, files.read))
    _wrap(collection.Collection, [FLUSHING], functools.partial(_with_lock, files.write))
    collection.WAL = SyncedWAL


class SyncedWAL(WAL):  # type: ignore[misc]  # untyped vendor
    """A write-ahead log that is synced to disk before a batch is acknowledged."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "sync_mode": "batch"})


class ReadWriteLock:
    """A lock for many readers or one writer; a waiting writer takes precedence over new readers."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._writers = 0  # active or waiting

    @contextlib.contextmanager
    def read(self) -> Iterator[None]:
        """Hold the lock together with other readers."""
        with self._changed:
            self._changed.wait_for(lambda: not self._writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """Hold the lock without readers; callers must prevent concurrent writers."""
        with self._changed:
            self._writers += 1
            self._changed.wait_for(lambda: not self._readers)
        try:
            yield
        finally:
            with self._changed:
                self._writers -= 1
                self._changed.notify_all()


def _wrap(owner: type, names: Iterable[str], around: Callable[[Call], Call]) -> None:
    for name in names:
        setattr(owner, name, around(getattr(owner, name)))


def _with_lock(lock: Lock, call: Call) -> Call:
    @functools.wraps(call)
    def locked(*args: Any, **options: Any) -> Any:
        with lock():
            return call(*args, **options)

    return locked


def _exit_on_storage_error(call: Call) -> Call:
    @functools.wraps(call)
    def guarded(*args: Any, **options: Any) -> Any:
        try:
            return call(*args, **options)
        except (OSError, MemoryError) as exc:
            # Only replaying the log from its start repairs a write that stopped half way.
            log.critical("%s failed: %r; exiting to recover at the restart", call, exc)
            logging.shutdown()
            os._exit(STORAGE_FAILED)

    return guarded
