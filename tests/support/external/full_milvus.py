"""Runs Milvus Standalone for tests, from the binary in its last PyPI package.

It is installed below `build/`, since it belongs neither to the product nor to its lock file.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from core.errors import Unavailable
from core.vectors.milvus import MilvusVectors
from tests.support.external.side_packages import install_side_packages
from tests.support.servers import free_port

VERSION = "2.3.5"
START_S = 120
FAST = {
    "PROXY_TIMETICKINTERVAL": "20",
    "QUERYCOORD_CHECKINTERVAL": "100",
    "QUERYCOORD_CHANNELCHECKINTERVAL": "100",
    "QUERYCOORD_CHECKSEGMENTINTERVAL": "100",
    "QUERYCOORD_DISTPULLINTERVAL": "100",
}
"""Shorter intervals than the defaults, so that tests wait less."""
_MAIN = "from milvus import main; main()"


@contextlib.contextmanager
def full_milvus(
    data: Path,
    settings: Mapping[str, str] = FAST,
    on: Callable[..., Sequence[str]] = lambda *words: words,
    address: str = "127.0.0.1",
) -> Iterator[str]:
    """Run a Milvus for the length of a `with`; yields its URL.

    `on` turns a command into one that runs on another host, which has that address.
    """
    home = _home()
    _prepare(data, home)
    port, etcd = free_port(), {"ETCD_CONFIG_PATH": str(_etcd(data))}
    command = [sys.executable, "-c", _MAIN, "--data", str(data), "--proxy-port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(home)} | etcd | settings
    with (data / "server.log").open("wb") as log:
        server = subprocess.Popen(
            on(*command), env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        url = f"http://{address}:{port}"
        _wait(url, server)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # its own stop leaves a child process behind
        server.wait()


def _home() -> Path:
    return install_side_packages(f"milvus-{VERSION}", f"milvus=={VERSION}", prepare=_unpack)


def _unpack(home: Path) -> None:
    unpack = (
        f"from milvus import _initialize_data_files as unpack; unpack({str(home / 'unpacked')!r})"
    )
    environment = os.environ | {"PYTHONPATH": str(home)}
    subprocess.run([sys.executable, "-c", unpack], env=environment, check=True)


def _prepare(data: Path, home: Path) -> None:
    """Each server expects the binary in its data folder; link to the shared one."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "bin").symlink_to(home / "unpacked" / "bin")


def _etcd(data: Path) -> Path:
    """Configure free ports for the embedded etcd, which uses the default ports otherwise."""
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    lines = {
        "name": "default",
        "data-dir": data / "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
    }
    path = data / "etcd.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()))
    return path


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline, vectors = time.monotonic() + START_S, MilvusVectors(url)
    while server.poll() is None and time.monotonic() < deadline:
        try:
            vectors.ping()
        except Unavailable:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(f"Milvus did not start; code {server.poll()}")
