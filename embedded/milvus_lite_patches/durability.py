"""Makes Milvus Lite keep acknowledged rows; call `apply` before the engine opens a collection.

The engine is written for a single client. With several clients:

* two writers interleave their log records, and recovery discards all records after them;
* two readers that arrive right after the start each open the same collection;
* recovery cannot reach the writes after a write that failed halfway (full disk).

All of these lose acknowledged rows for good.
"""

import contextlib
import functools
import logging
import os
import threading
from collections.abc import Callable, Iterable
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
PERSISTING = ("_apply", "_trigger_flush")

Call = Callable[..., Any]

log = logging.getLogger(__name__)


@functools.cache
def apply() -> None:
    """Patch the engine of this process; later calls do nothing."""
    # Searches open their collections too, and must not wait for a batch of rows: hence two locks.
    # Writers acquire `writing` before `opening`; no thread acquires them in reverse order.
    writing, opening = threading.RLock(), threading.RLock()
    _wrap(MilvusServicer, MUTATING, functools.partial(_with_lock, writing))
    _wrap(MilvusLite, OPENING, functools.partial(_with_lock, opening))
    _wrap(collection.Collection, PERSISTING, _exit_on_storage_error)
    collection.WAL = SyncedWAL


class SyncedWAL(WAL):  # type: ignore[misc]  # untyped vendor
    """A write-ahead log that is synced to disk before a batch is acknowledged."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "sync_mode": "batch"})


def _wrap(owner: type, names: Iterable[str], around: Callable[[Call], Call]) -> None:
    for name in names:
        setattr(owner, name, around(getattr(owner, name)))


def _with_lock(lock: contextlib.AbstractContextManager[Any], call: Call) -> Call:
    @functools.wraps(call)
    def locked(*args: Any, **options: Any) -> Any:
        with lock:
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
