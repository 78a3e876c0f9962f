"""Items on each storage backend are tested in `tests/contracts`."""

from core.storage.item import item_key


def test_the_key_of_a_sku_never_changes():
    """Documents are found by it, so another hash would lose every item."""
    assert item_key("A-12") == "8abf60b80a98901dee87198984a9e8d8"
