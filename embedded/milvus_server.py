"""Serves Milvus Lite to several clients over Milvus's gRPC protocol, with durable writes.

python -m embedded.milvus_server --data-dir data/milvus --socket data/run/milvus.sock
"""

import argparse
import logging
import shutil
import signal
import socket
import sys
import threading
from concurrent import futures
from pathlib import Path

import core.vectors.milvus_client  # noqa: F401 - first: Milvus Lite imports pymilvus, too

# isort: split
import grpc
from milvus_lite.adapter.grpc import server as lite
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from milvus_lite.engine import collection
from milvus_lite.exceptions import DataDirLockedError, MilvusLiteError

from core.errors import Unavailable
from core.observability import logs
from embedded.milvus_lite_patches import collection as snapshot_collection
from embedded.milvus_lite_patches import durability, vector_messages

HOST = "127.0.0.1"
THREADS = 10
SHUTDOWN_GRACE_S = 5
BUFFERED_BYTES = 32 * 1024 * 1024
"""Rows of a collection that are in memory twice, until they are written to a file."""
MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # as in Milvus


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    # Milvus Lite has no authentication: any user of this machine can connect to a port
    address = parser.add_mutually_exclusive_group(required=True)
    address.add_argument("--socket", type=Path, help="the unix socket to listen on")
    address.add_argument("--port", type=int, help=f"the port to listen on, on {HOST}")
    args = parser.parse_args()
    logs.install(level=logging.WARNING)
    logging.getLogger("grpc._server").addFilter(_is_relevant)
    try:
        serve(args.data_dir, args.socket or args.port)
    except Unavailable as exc:
        sys.exit(f"milvus server: {exc}")


def serve(data_dir: Path, listen_on: Path | int) -> None:
    """Open every collection, listen on a unix socket or a port, and wait for a signal.

    Raises:
        Unavailable: the folder or the port is in use or cannot be used.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if isinstance(listen_on, int):
        _check_port(listen_on)
    collection.MEMTABLE_MEMORY_LIMIT = BUFFERED_BYTES
    for patches in (snapshot_collection, vector_messages, durability):
        patches.apply()
    database = _open(data_dir)
    try:
        server = _listen(database, listen_on)
        stop.wait()
        server.stop(SHUTDOWN_GRACE_S).wait()
    finally:
        database.close()


def _is_relevant(record: logging.LogRecord) -> bool:
    # Clients try calls that Milvus Lite does not implement, and continue without them.
    return not (record.exc_info and isinstance(record.exc_info[1], NotImplementedError))


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as exc:
            raise Unavailable(
                f"cannot listen on port {port} ({exc}); choose another port with --port"
            ) from exc


def _open(data_dir: Path) -> MilvusLite:
    try:
        database = MilvusLite(str(data_dir))
    except DataDirLockedError as exc:
        raise Unavailable(f"another server uses {data_dir}; stop that server first") from exc
    except OSError as exc:
        raise Unavailable(
            f"cannot open the data folder {data_dir}: {exc}; choose another folder with --data-dir"
        ) from exc
    _remove_incomplete_collections(data_dir)
    for name in database.list_collections():
        try:
            database.get_collection(name).load()
        except (MilvusLiteError, OSError, ValueError) as exc:
            raise Unavailable(
                f"cannot open collection {name!r} in {data_dir}: {exc}; "
                f"move {data_dir / 'collections' / name} away and rebuild the index"
            ) from exc
    return database


def _remove_incomplete_collections(data_dir: Path) -> None:
    """Remove half-created and half-dropped collections, which would block their names."""
    for folder in (data_dir / "collections").iterdir():
        if not (folder / "schema.json").exists():
            shutil.rmtree(folder)


def _listen(database: MilvusLite, listen_on: Path | int) -> grpc.Server:
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS),
        options=[
            ("grpc.so_reuseport", 0),  # otherwise a second server silently shares the port
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            # clients ping every ten seconds, for which gRPC disconnects them by default
            ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
            ("grpc.keepalive_permit_without_calls", 1),
        ],
    )
    lite.milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
    is_port = isinstance(listen_on, int)
    try:
        server.add_insecure_port(f"{HOST}:{listen_on}" if is_port else f"unix:{listen_on}")
    except RuntimeError as exc:  # gRPC has logged why
        raise Unavailable(f"cannot listen on {listen_on}; choose another address") from exc
    server.start()
    return server


if __name__ == "__main__":
    main()
