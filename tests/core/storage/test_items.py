from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from core.filters.parse import parse_filter
from core.storage import Item, ItemImage, Items, image_file, open_backend
from core.storage.items import item_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def items(tmp_path):
    return Items(open_backend(tmp_path.as_uri()), "collections/shop")


def put(items, sku, *, views=("main",), **attributes):
    images = []
    for view in views:
        sha256 = f"{view}{sku}".encode().hex().ljust(64, "0")
        file = image_file(sku, sha256)
        items.put_images([(file, f"image of {sku}, {view}".encode())])
        images.append(
            ItemImage(
                view=view, file=file, sha256=sha256, format="JPEG", width=9, height=9, bytes=9
            )
        )
    item = Item(
        sku=sku, attributes=attributes, images=tuple(images), created_at=NOW, updated_at=NOW
    )
    items.put(item)
    return item


def all_skus(items, **options):
    skus, cursor, pages = [], None, 0
    while True:
        page, cursor = items.page(cursor=cursor, limit=7, **options)
        skus += [item.sku for item in page]
        pages += 1
        if cursor is None:
            return skus, pages


def test_an_item_is_read_as_written(items):
    item = put(items, "A-12", views=("front", "back"), price=5)
    assert items.get("A-12") == item
    assert items.read_image(item.image("back")) == b"image of A-12, back"


@pytest.mark.parametrize("sku", ["x" * 128, "ü" * 128, "..", ".", "a b", "%2F", "*?[", "A\\B"])
def test_every_sku_is_possible(items, sku):
    put(items, sku)
    assert items.get(sku).sku == sku


def test_pages_contain_every_item_once(items):
    skus = [f"S{n}" for n in range(50)]
    for sku in skus:
        put(items, sku)
    listed, pages = all_skus(items)
    assert (sorted(listed), pages) == (sorted(skus), 8)


def test_pages_contain_the_items_that_match_a_filter(items):
    for n in range(40):
        put(items, f"S{n}", n=n)
    listed, _ = all_skus(items, where=parse_filter({"n": {"gte": 30}}))
    assert sorted(listed) == sorted(f"S{n}" for n in range(30, 40))


def test_paging_continues_after_the_item_of_the_cursor_was_deleted(items):
    for n in range(20):
        put(items, f"S{n}")
    first, cursor = items.page(limit=5)
    for item in first:
        items.remove(item.sku)
    rest, _ = items.page(cursor=cursor, limit=50)
    assert len(rest) == 15


def test_items_and_images_are_counted(items):
    put(items, "A", views=("front", "back"))
    put(items, "B")
    assert items.count() == {"items": 2, "images": 3}


def test_only_images_that_no_document_names_are_deleted(items):
    item = put(items, "A", views=("front", "back"))
    put(items, "B")
    items.put(item.model_copy(update={"images": item.images[:1]}))
    items.delete_unused_images("A")
    assert items.count() == {"items": 2, "images": 2}
    items.remove("A")
    items.delete_unused_images("A")
    assert items.count() == {"items": 1, "images": 1}


def test_a_removed_item_is_not_found(items):
    put(items, "A")
    items.remove("A")
    with pytest.raises(NotFound, match="'A'"):
        items.get("A")
    assert items.find(["A"]) == {}


def test_the_key_of_a_sku_never_changes():
    """Documents are found by it, so another hash would lose every item."""
    assert item_key("A-12") == "8abf60b80a98901dee87198984a9e8d8"
