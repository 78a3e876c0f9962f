import pytest

from tests.support.trainable_shop import make_shop, open_services


@pytest.fixture
def services(tmp_path):
    """Services with which a shop can be trained."""
    with open_services(tmp_path) as services:
        yield services


@pytest.fixture
def shop(services):
    """A collection of forty items, with two imported sales files."""
    return make_shop(services)
