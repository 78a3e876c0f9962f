import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from lookalike import Lookalike
from tests.containers.buildah import BASE, ROOT, Buildah, skip_reason
from tests.support.external.otlp_receiver import Receiver, otlp_receiver
from tests.support.servers import (
    BUCKET,
    free_port,
    milvus_server,
    redis_server,
    s3_server,
)

USER = 10001
QUEUES = ("search", "embed", "train")
STORE = ROOT / "build" / "images"
"""Reused by later runs, with the base image; `make clean` removes it."""


@dataclass(frozen=True)
class Image:
    """An image with a container of it."""

    name: str
    container: str
    buildah: Buildah

    @property
    def tree(self) -> Path:
        return self.buildah.tree(self.container)


@pytest.fixture(scope="session")
def buildah() -> Iterator[Buildah]:
    """Skips the test without buildah, debootstrap or root."""
    if reason := skip_reason():
        pytest.skip(reason)
    STORE.mkdir(parents=True, exist_ok=True)
    buildah = Buildah(STORE)
    if not buildah.has(BASE):
        buildah.import_base()
    yield buildah
    buildah.prune()


@contextmanager
def built_image(buildah: Buildah, name: str) -> Iterator[Image]:
    image = buildah.build(name)
    container = buildah.container(image)
    yield Image(image, container, buildah)
    buildah.remove(container)


@pytest.fixture(scope="session")
def api_image(buildah: Buildah) -> Iterator[Image]:
    with built_image(buildah, "api") as image:
        yield image


@pytest.fixture(scope="session")
def worker_image(buildah: Buildah) -> Iterator[Image]:
    with built_image(buildah, "worker") as image:
        yield image


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A volume for a container."""
    os.chown(tmp_path, USER, USER)
    return tmp_path


@dataclass(frozen=True)
class Running:
    """Lookalike in containers, with embedded servers outside."""

    client: Lookalike
    data: Path
    environment: dict[str, str]
    receiver: Receiver


@pytest.fixture(scope="session", params=["folder", "bucket"])
def running(
    request: pytest.FixtureRequest,
    api_image: Image,
    worker_image: Image,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """With the store in a volume, and in a bucket; traces are received."""
    servers = tmp_path_factory.mktemp("servers")
    data = tmp_path_factory.mktemp("volume")
    os.chown(data, USER, USER)
    port = free_port()
    environment = {
        "LOOKALIKE_PORTS__API": str(port),
    }
    with ExitStack() as cleanup:
        environment |= {
            "LOOKALIKE_REDIS_URL": cleanup.enter_context(redis_server(servers / "redis")),
            "LOOKALIKE_CACHE_URL": cleanup.enter_context(redis_server(servers / "cache")),
            "LOOKALIKE_MILVUS_URL": cleanup.enter_context(milvus_server(servers / "milvus")),
        }
        receiver = cleanup.enter_context(otlp_receiver())
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.url
        if request.param == "bucket":
            environment |= {
                "LOOKALIKE_STORE_URL": f"s3://{BUCKET}/lookalike",
                "LOOKALIKE_S3__ENDPOINT": cleanup.enter_context(s3_server()),
                "LOOKALIKE_S3__KEY": "anybody",
                "LOOKALIKE_S3__SECRET": "anything",
            }
        words = ("lookalike", "keys", "create", secrets.token_hex(4), "--role", "admin")
        key = api_image.buildah.run(api_image.container, *words, data=data, **environment).strip()
        for queue in QUEUES:
            command = ("python", "-m", "workers", queue)
            cleanup.enter_context(
                container_process(worker_image, *command, data=data, **environment)
            )
        command = ("python", "-m", "api")
        cleanup.enter_context(container_process(api_image, *command, data=data, **environment))
        client = cleanup.enter_context(Lookalike(f"http://127.0.0.1:{port}", key))
        yield Running(client, data, environment, receiver)


@contextmanager
def container_process(image: Image, *words: str, data: Path, **environment: str) -> Iterator[None]:
    """Run a command in a container for the length of a `with`; all its processes are stopped."""
    command = image.buildah.command(image.container, *words, data=data, **environment)
    with (data / f"{words[-1]}.log").open("wb") as log:
        process = psutil.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        family = [process, *process.children(recursive=True)]
        for member in family:
            member.terminate()
        for member in psutil.wait_procs(family, 30)[1]:
            member.kill()
