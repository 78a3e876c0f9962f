import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.settings import Ports, Settings
from tests.embedded.launching import Launcher
from tests.support.servers import free_ports


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A stack of its own: a name that begins a comment, a quote and a '%' must not matter."""
    ports = Ports(**free_ports(Ports.model_fields))
    return Settings(data=tmp_path / "my #1 shop's ; 100% data", ports=ports)


@pytest.fixture
def launcher(settings: Settings) -> Iterator[Launcher]:
    """`python -m embedded` with its servers, not yet started; killed after the test."""
    launcher = Launcher(settings)
    yield launcher
    launcher.destroy()


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.pid not in before and child.name() != "chromium"  # a browser begins more by itself
    ]
    assert left == [], f"left running by {os.environ.get('PYTEST_CURRENT_TEST')}"
