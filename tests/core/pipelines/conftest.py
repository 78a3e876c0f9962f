import pytest

from tests.support.trainable_shop import shop_of, trainable


@pytest.fixture
def rooms(tmp_path):
    """Rooms in which a shop can be trained."""
    with trainable(tmp_path) as rooms:
        yield rooms


@pytest.fixture
def shop(rooms):
    """A collection of forty items, with two files of sales taken in."""
    return shop_of(rooms)
