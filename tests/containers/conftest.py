import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from core.settings import Ports, Settings
from embedded.stack import Stack
from lookalike import Lookalike
from tests.containers.buildah import BASE, ROOT, Buildah, obstacle
from tests.support.otlp_receiver import Receiver, receiving
from tests.support.servers import BUCKET, free_port, free_ports, s3_server

USER = 10001
QUEUES = ("search", "embed", "train")
STORE = ROOT / "build" / "images"
"""Kept, with the base in it; `make clean` removes it."""


@dataclass(frozen=True)
class Image:
    """An image, and a container of it."""

    name: str
    container: str
    buildah: Buildah

    @property
    def tree(self) -> Path:
        return self.buildah.tree(self.container)


@pytest.fixture(scope="session")
def buildah() -> Iterator[Buildah]:
    """Without buildah, debootstrap or root there is nothing to try: the test is skipped."""
    if why := obstacle():
        pytest.skip(why)
    STORE.mkdir(parents=True, exist_ok=True)
    buildah = Buildah(STORE)
    if not buildah.has(BASE):
        buildah.import_base()
    yield buildah
    buildah.prune()


@contextmanager
def built(buildah: Buildah, name: str) -> Iterator[Image]:
    image = buildah.build(name)
    container = buildah.container(image)
    yield Image(image, container, buildah)
    buildah.remove(container)


@pytest.fixture(scope="session")
def api_image(buildah: Buildah) -> Iterator[Image]:
    with built(buildah, "api") as image:
        yield image


@pytest.fixture(scope="session")
def worker_image(buildah: Buildah) -> Iterator[Image]:
    with built(buildah, "worker") as image:
        yield image


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A volume for a container."""
    os.chown(tmp_path, USER, USER)
    return tmp_path


@dataclass(frozen=True)
class Running:
    """Lookalike out of its images, beside embedded servers."""

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
    """With its store in its volume, and in a bucket; its traces are received."""
    settings = Settings(
        data=tmp_path_factory.mktemp("servers"), ports=Ports(**free_ports(Ports.model_fields))
    )
    data = tmp_path_factory.mktemp("volume")
    os.chown(data, USER, USER)
    port = free_port()
    environment = {
        "LOOKALIKE_REDIS_URL": settings.redis,
        "LOOKALIKE_CACHE_URL": settings.cache,
        "LOOKALIKE_MILVUS_URL": settings.milvus,
        "LOOKALIKE_PORTS__API": str(port),
    }
    with ExitStack() as ending:
        receiver = ending.enter_context(receiving())
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.url
        if request.param == "bucket":
            environment |= {
                "LOOKALIKE_STORE_URL": f"s3://{BUCKET}/lookalike",
                "LOOKALIKE_S3__ENDPOINT": ending.enter_context(s3_server()),
                "LOOKALIKE_S3__KEY": "anybody",
                "LOOKALIKE_S3__SECRET": "anything",
            }
        ending.enter_context(Stack(settings, only=("redis", "cache", "milvus")))
        words = ("lookalike", "keys", "create", secrets.token_hex(4), "--role", "admin")
        key = api_image.buildah.run(api_image.container, *words, data=data, **environment).strip()
        for queue in QUEUES:
            command = ("python", "-m", "workers", queue)
            ending.enter_context(started(worker_image, *command, data=data, **environment))
        command = ("python", "-m", "api")
        ending.enter_context(started(api_image, *command, data=data, **environment))
        client = ending.enter_context(Lookalike(f"http://127.0.0.1:{port}", key))
        yield Running(client, data, environment, receiver)


@contextmanager
def started(image: Image, *words: str, data: Path, **environment: str) -> Iterator[None]:
    """A command in a container; all its processes are gone after it."""
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
