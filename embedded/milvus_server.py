"""Milvus Lite behind Milvus' own protocol, for several clients, keeping what it acknowledged.

python -m embedded.milvus_server --data-dir data/milvus --port 19530
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

import grpc
from milvus_lite.adapter.grpc import server as lite
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from milvus_lite.exceptions import DataDirLockedError, MilvusLiteError

from core.observability import logs
from embedded.milvus_lite_patches import durability, search_speed

HOST = "127.0.0.1"  # there is no password
THREADS = 10
GRACE_S = 5
MESSAGE_BYTES = 64 * 1024 * 1024  # as Milvus itself


class CannotStart(Exception):
    """Raised with one line for the operator."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data-dir", type=Path, required=True)
    options.add_argument("--port", type=int, required=True)
    asked = options.parse_args()
    logs.install(level=logging.WARNING)
    logging.getLogger("grpc._server").addFilter(_is_news)
    try:
        serve(asked.data_dir, asked.port)
    except CannotStart as exc:
        sys.exit(f"milvus server: {exc}")


def serve(data_dir: Path, port: int) -> None:
    """Open every collection, then listen, then wait for a signal.

    Raises:
        CannotStart: the folder or the port is taken or cannot be used.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _check_port(port)
    search_speed.apply()
    durability.apply()
    database = _open(data_dir)
    try:
        server = _listen(database, port)
        stop.wait()
        server.stop(GRACE_S).wait()
    finally:
        database.close()


def _is_news(record: logging.LogRecord) -> bool:
    # Clients ask for calls that Lite does not have, and do without.
    return not (record.exc_info and isinstance(record.exc_info[1], NotImplementedError))


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as exc:
            raise CannotStart(f"port {port} cannot be used ({exc}); give another") from exc


def _open(data_dir: Path) -> MilvusLite:
    try:
        database = MilvusLite(str(data_dir))
    except DataDirLockedError as exc:
        raise CannotStart(f"another server works in {data_dir}; stop it first") from exc
    except OSError as exc:
        raise CannotStart(f"{data_dir} cannot be used: {exc}") from exc
    _remove_halves(data_dir)
    for name in database.list_collections():
        try:
            database.get_collection(name).load()
        except (MilvusLiteError, OSError, ValueError) as exc:
            raise CannotStart(
                f"collection {name!r} in {data_dir} cannot be opened: {exc}; "
                "move its folder away and rebuild the index"
            ) from exc
    return database


def _remove_halves(data_dir: Path) -> None:
    """Folders of collections that a kill left half made or half dropped; they block their name."""
    for folder in (data_dir / "collections").iterdir():
        if not (folder / "schema.json").exists():
            shutil.rmtree(folder)


def _listen(database: MilvusLite, port: int) -> grpc.Server:
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS),
        options=[
            ("grpc.so_reuseport", 0),  # else a second server shares the port without a word
            ("grpc.max_receive_message_length", MESSAGE_BYTES),
            ("grpc.max_send_message_length", MESSAGE_BYTES),
            # clients ask every ten seconds whether it is there, and are else taken for a nuisance
            ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
            ("grpc.keepalive_permit_without_calls", 1),
        ],
    )
    lite.milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
    server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    return server


if __name__ == "__main__":
    main()
