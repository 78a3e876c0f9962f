"""One stack for all tests of a process that need one."""

import itertools
import os
import subprocess
import sys
import tempfile

import httpx2
import pytest

from embedded.stack import Stack
from tests.support import stack_settings
from tests.support.openapi_conformance import check_described
from tests.support.shop_client import Shop
from tests.support.stack_settings import make_settings
from tests.support.weights import draw

_numbers = itertools.count(1)


def pytest_configure(config):
    if stack_settings.MODELS not in os.environ:  # else one of several processes of a run
        config.models = tempfile.TemporaryDirectory(prefix="lookalike-tests-models-")
        os.environ[stack_settings.MODELS] = config.models.name


def pytest_unconfigure(config):
    if hasattr(config, "models"):
        config.models.cleanup()
        del os.environ[stack_settings.MODELS]


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The whole stack, once for all tests of a process; with drawn weights for a second encoder."""
    data = tmp_path_factory.mktemp("flows")
    with Stack(make_settings(data, draw(data / "weights", "efficientnetb0"))) as running:
        yield running


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory):
    """A stack of the module's own, to be ill-treated."""
    with Stack(make_settings(tmp_path_factory.mktemp("own"))) as running:
        yield running


@pytest.fixture
def shop(stack):
    """A new collection of its own, and a client that speaks plain HTTP."""
    with Shop(stack.url, f"shop-{next(_numbers)}") as shop:
        shop.create()
        yield shop


@pytest.fixture(scope="session")
def stack_http(stack):
    """Plain HTTP to the stack."""
    hooks = {"response": [check_described]}
    with httpx2.Client(base_url=stack.url, timeout=30, event_hooks=hooks) as http:
        yield http


@pytest.fixture(scope="session")
def run(stack):
    """The `lookalike` command, run as a person or a script does."""

    def run(*arguments, url=stack.url):
        return subprocess.run(
            [sys.executable, "-m", "lookalike", *map(str, arguments), "--url", url],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run
