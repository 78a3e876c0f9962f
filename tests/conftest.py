"""Fixtures of tests that need the whole stack."""

import gc
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx2
import hypothesis
import pytest

from embedded.stack import Stack
from tests.support import stack_settings
from tests.support.openapi_conformance import assert_documented
from tests.support.shop_client import Shop
from tests.support.stack_settings import WHOLE, make_settings
from tests.support.weights import copy_weights

_numbers = itertools.count(1)


# tests run on busy machines; benchmarks measure speed
# and try the same examples in each run; `make fuzz` tries others
hypothesis.settings.register_profile(
    "repeatable", deadline=None, derandomize="FUZZ" not in os.environ
)
hypothesis.settings.load_profile("repeatable")


def pytest_configure(config):
    if stack_settings.MODELS not in os.environ:  # it is set in the worker processes of pytest-xdist
        config.shared = tempfile.TemporaryDirectory(prefix="lookalike-tests-")
        models = Path(config.shared.name) / "models"
        models.mkdir()
        os.environ[stack_settings.MODELS] = str(models)


def pytest_unconfigure(config):
    if hasattr(config, "shared"):
        config.shared.cleanup()
        del os.environ[stack_settings.MODELS]


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Keep the garbage collector away from modules and tests, which live until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """A stack shared by all tests of a process; a second and an own encoder have random weights."""
    from tests.support.images import jpeg
    from tests.support.onnx_networks import write_own_encoder
    from tests.support.text_towers import BAG_OF_WORDS, most_peculiar, write_bag_of_words

    data = tmp_path_factory.mktemp("flows")
    shared = Path(os.environ[stack_settings.MODELS]).with_name("weights")
    pins = copy_weights(shared, data / "weights", "efficientnetb0")
    write_own_encoder(data / "weights", "own-network", text=BAG_OF_WORDS)
    images = [jpeg(number) for number in range(10)]
    _, row = most_peculiar(data / "weights/own-network.onnx", images)
    write_bag_of_words(data / "weights", "own-network", {"xylograph": row})
    with Stack(make_settings(data, pins, **WHOLE)) as running:
        yield running


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory):
    """A stack for one module, whose tests may kill its processes."""
    with Stack(make_settings(tmp_path_factory.mktemp("own"))) as running:
        yield running


@pytest.fixture
def shop(stack):
    """A new collection, and a client that speaks plain HTTP."""
    with Shop(stack.url, f"shop-{next(_numbers)}") as shop:
        shop.create()
        yield shop


@pytest.fixture(scope="session")
def stack_http(stack):
    """An HTTP client of the stack."""
    hooks = {"response": [assert_documented]}
    with httpx2.Client(base_url=stack.url, timeout=60, event_hooks=hooks) as http:
        yield http


@pytest.fixture(scope="session")
def run(stack):
    """Runs the `lookalike` command as a process, as a person or a script does."""

    def run(*arguments, url=stack.url):
        return subprocess.run(
            [sys.executable, "-m", "lookalike", *map(str, arguments), "--url", url],
            capture_output=True,
            text=True,
            timeout=480,
            check=False,
        )

    return run
