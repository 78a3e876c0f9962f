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
    """A stack of its own; the folder name has a comment sign, a quote and a percent sign."""
    ports = Ports(**free_ports(Ports.model_fields))
    return Settings(data=tmp_path / "my #1 shop's ; 100% data", ports=ports)


@pytest.fixture
def launcher(settings: Settings) -> Iterator[Launcher]:
    """`python -m embedded` with the servers only, not yet started; killed after the test."""
    launcher = Launcher(settings)
    yield launcher
    launcher.destroy()


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    leftovers = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.pid not in before
        and child.name() != "chromium"  # the browser starts more by itself
    ]
    assert leftovers == [], f"left running by {os.environ.get('PYTEST_CURRENT_TEST')}"
