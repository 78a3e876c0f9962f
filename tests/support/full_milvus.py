"""A whole Milvus Standalone for tests: the binary that its last PyPI package brings.

It is installed apart, below `build/`, since nothing of it belongs to the product or its lock.
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
from tests.support.servers import free_port
from tests.support.side_packages import beside

VERSION = "2.3.5"
START_S = 120
QUICK = {
    "PROXY_TIMETICKINTERVAL": "20",
    "QUERYCOORD_CHECKINTERVAL": "100",
    "QUERYCOORD_CHANNELCHECKINTERVAL": "100",
    "QUERYCOORD_CHECKSEGMENTINTERVAL": "100",
    "QUERYCOORD_DISTPULLINTERVAL": "100",
}
"""It looks more often than it does by itself, so that tests wait less."""
_MAIN = "from milvus import main; main()"


@contextlib.contextmanager
def full_milvus(
    data: Path,
    settings: Mapping[str, str] = QUICK,
    on: Callable[..., Sequence[str]] = lambda *words: words,
    address: str = "127.0.0.1",
) -> Iterator[str]:
    """A Milvus of its own for the length of a `with`; gives its URL.

    `on` makes a command one that runs on another host, which has that address.
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
        os.killpg(server.pid, signal.SIGKILL)  # its own stop leaves the server it started behind
        server.wait()


def _home() -> Path:
    return beside(f"milvus-{VERSION}", f"milvus=={VERSION}", then=_unpack)


def _unpack(home: Path) -> None:
    unpack = f"from milvus import _initialize_data_files as go; go({str(home / 'unpacked')!r})"
    path = os.environ | {"PYTHONPATH": str(home)}
    subprocess.run([sys.executable, "-c", unpack], env=path, check=True)


def _prepare(data: Path, home: Path) -> None:
    """Each server has its binary in its data; those of all are the same bytes."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "bin").symlink_to(home / "unpacked" / "bin")


def _etcd(data: Path) -> Path:
    """A configuration with ports of its own for the etcd within; else it takes the usual ones."""
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
    until, asked = time.monotonic() + START_S, MilvusVectors(url)
    while server.poll() is None and time.monotonic() < until:
        try:
            asked.ping()
        except Unavailable:
            time.sleep(0.5)
        else:
            asked.close()
            return
    raise TimeoutError(f"Milvus did not start; code {server.poll()}")
