import pytest

from tests.support.trainable_shop import shop_of, trainable


@pytest.fixture
def services(tmp_path):
    """Rooms in which a shop can be trained."""
    with trainable(tmp_path) as services:
        yield services


@pytest.fixture
def shop(services):
    """A collection of forty items, with two files of sales taken in."""
    return shop_of(services)
