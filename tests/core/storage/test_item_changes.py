"""Requests that are committed in any order have the effect of their sequence numbers' order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations, product

import pytest

from core.storage import ItemChange, ItemImage, ItemUpdate
from core.storage.item_changes import merge
from tests.support.item_model import ItemModel

NOW, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def image(view, number):
    file = f"{view}-{number}"
    return ItemImage(view=view, file=file, sha256=file, format="PNG", width=1, height=1, bytes=1)


@dataclass(frozen=True)
class Request:
    """A kind of request, with the views and attributes that it sets."""

    kind: str
    views: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_immediate(self):
        """Whether the server executes it before it responds, rather than in a job."""
        return self.kind in {"patch", "delete"}

    def change(self, number):
        return ItemChange(
            "A",
            number,
            images={view: image(view, number) for view in self.views},
            attributes=dict.fromkeys(self.attributes, number) | dict.fromkeys(self.removed),
            replaces_images=self.kind in {"put", "delete"},
            replaces_attributes=self.kind in {"put", "delete", "replace-row"},
        )


UPLOAD = Request("upload", views=("main",), attributes=("a",))
BACK = Request("upload", views=("back",), attributes=("b",))
PUT = Request("put", views=("main",), attributes=("a",))
PUT_BACK = Request("put", views=("back", "side"))
ROW = Request("row", attributes=("a", "b"))
REPLACE_ROW = Request("replace-row", attributes=("b",))
PATCH = Request("patch", attributes=("a",), removed=("b",))
DELETE = Request("delete")


def apply(request, number, model):
    """Apply a request to the model of its item."""
    views = dict.fromkeys(request.views, number)
    attributes = dict.fromkeys(request.attributes, number) | dict.fromkeys(request.removed)
    match request.kind:
        case "put":
            model.replace(views, attributes)
        case "delete":
            model.delete()
        case "replace-row":
            model.replace(model.views, attributes)
        case _:
            model.upload(views, attributes)


def commit(requests, order):
    """Commit requests in an order; return the content and the requests that found their item.

    `order` consists of positions in `requests`; a request's number is its position plus one.
    """
    item, deleted, accepted = None, 0, set()
    for position in order:
        request, number = requests[position], position + 1
        if item is None and not request.views:
            continue  # the client is told that the item does not exist
        accepted.add(position)
        item = merge(item, request.change(number), deleted=deleted, now=NOW)
        if request.kind == "delete":
            deleted = number
    if item is None:
        return None, accepted
    views = {image.view: int(image.file.partition("-")[2]) for image in item.images}
    return (views, item.attributes), accepted


def is_possible(requests, order):
    """Whether no immediate request is committed after a later request."""
    return all(
        not requests[later].is_immediate or later > earlier
        for n, later in enumerate(order)
        for earlier in order[:n]
    )


def check_all_orders(requests):
    for order in permutations(range(len(requests))):
        if not is_possible(requests, order):
            continue
        content, accepted = commit(requests, order)
        model = ItemModel()
        for position in sorted(accepted):
            apply(requests[position], position + 1, model)
        assert content == model.content(), (requests, order)


def test_three_requests_in_any_order_have_the_effect_of_their_own_order():
    kinds = (UPLOAD, BACK, PUT, PUT_BACK, ROW, REPLACE_ROW, PATCH, DELETE)
    for requests in product(kinds, repeat=3):
        check_all_orders(requests)


def test_four_requests_in_any_order_have_the_effect_of_their_own_order():
    for requests in product((UPLOAD, PUT_BACK, ROW, PATCH, DELETE), repeat=4):
        check_all_orders(requests)


def created(**attributes):
    change = ItemChange("A", 1, images={"main": image("main", 1)}, attributes=attributes)
    return merge(None, change, deleted=0, now=NOW)


def test_a_request_that_is_repeated_changes_nothing_but_its_number():
    item = created(a=1)
    change = ItemChange("A", 2, images={"main": image("main", 1)}, attributes={"a": 1})
    again = merge(item, change, deleted=0, now=LATER)
    assert (again.updated_at, again.images, again.attributes) == (NOW, item.images, {"a": 1})
    assert not ItemUpdate(change, item, again).content_changed


@pytest.mark.parametrize("value", [1.0, True, "1", [1]])
def test_an_equal_value_of_another_type_is_a_change(value):
    change = ItemChange("A", 2, attributes={"a": value})
    after = merge(created(a=1), change, deleted=0, now=LATER)
    assert (after.updated_at, type(after.attributes["a"])) == (LATER, type(value))


def test_all_images_of_a_replacement_with_several_chunks_remain():
    item = created(a=1)
    for view in ("front", "back"):
        change = ItemChange(
            "A", 2, images={view: image(view, 2)}, replaces_images=True, replaces_attributes=True
        )
        item = merge(item, change, deleted=0, now=NOW)
    assert [image.view for image in item.images] == ["front", "back"]


def test_a_view_is_dropped_although_another_view_keeps_its_image():
    views = {"main": image("main", 1), "back": image("back", 2)}
    item = merge(None, ItemChange("A", 1, images=views), deleted=0, now=NOW)
    moved = {"main": image("back", 2).model_copy(update={"view": "main"})}
    change = ItemChange("A", 2, images=moved, replaces_images=True)
    update = ItemUpdate(change, item, merge(item, change, deleted=0, now=NOW))
    assert update.dropped_views == ["back"]
    assert [dropped.file for dropped in update.dropped_images] == ["main-1"]
