import itertools

import httpx2
import pytest

from core.settings import JobSettings, Ports, Settings
from core.stack.stack import Stack
from tests.flows.shop import Shop
from tests.servers import free_port

# leases and sweeps are short, so that a test need not wait for what an operator would
JOBS = JobSettings(chunk=16, lease_s=6, sweep_s=1)
_numbers = itertools.count(1)


def make_settings(data):
    ports = Ports(**{name: free_port() for name in Ports.model_fields})
    return Settings(data=data, ports=ports, jobs=JOBS)


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The whole stack, once for all flows."""
    with Stack(make_settings(tmp_path_factory.mktemp("flows"))) as running:
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
    with httpx2.Client(base_url=stack.url, timeout=30) as http:
        yield http
