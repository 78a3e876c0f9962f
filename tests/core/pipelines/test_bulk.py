"""Many items are changed or deleted at once, and the types of attributes change."""

from datetime import UTC, datetime

import numpy as np
import pytest

from core.attributes import AttributeType
from core.domain import EncoderIdentity
from core.errors import InvalidInput
from core.jobs import (
    ChangeAttributesArgs,
    ChangeItemsArgs,
    DeleteItemsArgs,
    JobKind,
    NewJob,
)
from core.pipelines import bulk
from core.pipelines.services import no_heartbeat
from core.storage import Item, ItemChange, ItemImage, image_file
from core.vectors import VectorRow

CHANGE, DELETE, RETYPE = JobKind.CHANGE_ITEMS, JobKind.DELETE_ITEMS, JobKind.CHANGE_ATTRIBUTES
FUNCTIONS = {
    CHANGE: bulk.change_items, DELETE: bulk.delete_items, RETYPE: bulk.change_attributes,
}  # fmt: skip
COUNT = 250  # more than one batch


@pytest.fixture
def items(services):
    """Items 0, 1, 2 ... whose price is their number and whose kind alternates."""
    collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    types = {"price": AttributeType.NUMBER, "kind": AttributeType.TEXT}
    services.collections.set_types("shop", types)
    items, now = services.items(collection), datetime.now(UTC)
    items.put_all(
        Item(sku=str(n), attributes=attributes(n), created_at=now, updated_at=now)
        for n in range(COUNT)
    )
    return items


def attributes(number):
    return {"price": number, "kind": ("dress", "hat")[number % 2]}


def create(services, kind, args):
    new = NewJob(kind=kind, collection="shop", args=args.model_dump(mode="json"))
    return services.ledger.create(new)


def run(services, kind, args):
    job = create(services, kind, args)
    return FUNCTIONS[kind](job, services, no_heartbeat)


def stored(items):
    return {int(item.sku): item.attributes for item in items.by_keys(items.keys())}


def test_items_that_match_a_filter_get_attributes_and_lose_those_that_are_null(services, items):
    args = ChangeItemsArgs(
        filter='{"price": {"lt": "200,5"}, "kind": "hat"}',
        attributes={"price": "9,50", "kind": None, "sale": True},
    )
    outcome = run(services, CHANGE, args)
    changed = {n for n in range(COUNT) if n <= 200 and n % 2}
    assert stored(items) == {
        n: {"price": 9.5, "sale": True} if n in changed else attributes(n) for n in range(COUNT)
    }
    assert (outcome.done, outcome.updated, outcome.skipped) == (len(changed), len(changed), 0)
    assert outcome.result == {"dry_run": False, "matched": 100, "changed": 100}
    types = services.collections.get("shop").attribute_types
    assert types == {"price": "number", "kind": "text", "sale": "boolean"}
    assert [job.kind for job in services.ledger.open_jobs()].count(JobKind.SYNC_ITEMS) == 1


def test_a_dry_run_counts_and_changes_nothing(services, items):
    before = stored(items)
    change = ChangeItemsArgs(
        filter='{"kind": "hat"}', attributes={"kind": "cap", "sale": 1}, dry_run=True
    )
    assert run(services, CHANGE, change).result == {"dry_run": True, "matched": 125, "changed": 125}
    delete = DeleteItemsArgs(filter='{"price": {"gte": 240}}', dry_run=True)
    assert run(services, DELETE, delete).result == {"dry_run": True, "matched": 10, "deleted": 10}
    assert stored(items) == before
    assert "sale" not in services.collections.get("shop").attribute_types
    assert JobKind.SYNC_ITEMS not in {job.kind for job in services.ledger.open_jobs()}


def test_a_bulk_change_does_not_overwrite_a_later_change(services, items):
    job = create(
        services, CHANGE, ChangeItemsArgs(filter='{"kind": "hat"}', attributes={"price": 0})
    )
    later = ItemChange("1", services.ledger.next_sequence(), attributes={"price": 7})
    items.write(items.merge([later]), lambda: None)
    outcome = bulk.change_items(job, services, no_heartbeat)
    assert (stored(items)[1]["price"], stored(items)[3]["price"]) == (7, 0)
    assert outcome.result == {"dry_run": False, "matched": 125, "changed": 124}


def test_an_item_that_would_get_too_large_fails_alone(services, items):
    large = ItemChange("1", 1, attributes={"text": "x" * 16_000})
    items.write(items.merge([large]), lambda: None)
    args = ChangeItemsArgs(filter='{"kind": "hat"}', attributes={"note": "y" * 1_000})
    outcome = run(services, CHANGE, args)
    assert [(failure.sku, "16,384" in failure.reason) for failure in outcome.failures] == [
        ("1", True)
    ]
    assert "note" not in stored(items)[1]
    assert (outcome.done, outcome.total) == (124, 125)


def test_a_value_that_does_not_fit_its_type_changes_nothing(services, items):
    with pytest.raises(InvalidInput, match="'soon' is not a number"):
        run(
            services,
            CHANGE,
            ChangeItemsArgs(filter='{"kind": "hat"}', attributes={"price": "soon"}),
        )
    assert stored(items) == {n: attributes(n) for n in range(COUNT)}


def test_items_that_match_a_filter_are_deleted_and_stay_deleted(services, items):
    older = services.ledger.next_sequence()
    outcome = run(services, DELETE, DeleteItemsArgs(filter='{"price": {"lt": 100}}'))
    assert outcome.result == {"dry_run": False, "matched": 100, "deleted": 100}
    assert set(stored(items)) == set(range(100, COUNT))
    older_change = ItemChange("1", older, attributes={"price": 5})
    items.write(items.merge([older_change]), lambda: None)
    assert not items.exists("1")


def test_a_view_that_is_newer_than_the_deletion_of_its_item_stays(services, items):
    collection = services.collections.get("shop")
    views = {"old": services.ledger.next_sequence()}
    job = create(services, DELETE, DeleteItemsArgs(filter='{"price": {"lt": 2}}'))
    views["new"] = services.ledger.next_sequence()
    services.vectors.create(collection.index_name, 2)
    for view, sequence in views.items():
        vector = VectorRow(sku="1", view=view, vector=np.array([1, 0]), attributes={})
        services.vectors.upsert(collection.index_name, [vector])
        items.put_images([(image(view).file, b"jpg")])
        change = ItemChange("1", sequence, images={view: image(view)})
        items.write(items.merge([change]), lambda: None)
    bulk.delete_items(job, services, no_heartbeat)
    assert [left.view for left in items.get("1").images] == ["new"]
    assert not items.exists("0")
    assert (items.has_image(image("old")), items.has_image(image("new"))) == (False, True)
    assert set(services.vectors.keys(collection.index_name)) == {("1", "new")}


def image(view):
    sha256 = view.ljust(64, "0")
    return ItemImage(
        view=view, file=image_file("1", sha256), sha256=sha256, format="JPEG", width=1, height=1,
        bytes=3,
    )  # fmt: skip


def test_a_new_type_is_applied_to_all_values_and_those_that_do_not_fit_stay(services, items):
    odd = ItemChange("7", 1, attributes={"kind": "1.234,5"})
    items.write(items.merge([odd]), lambda: None)
    args = ChangeAttributesArgs(types={"price": "text", "kind": "number"})
    outcome = run(services, RETYPE, args)
    expected = {n: {"price": str(n), "kind": attributes(n)["kind"]} for n in range(COUNT)}
    expected[7]["kind"] = 1234.5
    assert stored(items) == expected
    assert outcome.result == {"changed": COUNT, "unfit": COUNT - 1}
    assert {failure.sku for failure in outcome.failures} == {str(n) for n in range(COUNT)} - {"7"}
    assert all("' is not a number" in failure.reason for failure in outcome.failures)
    types = services.collections.get("shop").attribute_types
    assert types == {"price": "text", "kind": "number"}


@pytest.mark.parametrize("type", ["list", "object"])
def test_the_attribute_of_groups_keeps_single_values(services, items, type):
    services.collections.set_group_by("shop", "kind")
    args = ChangeAttributesArgs(types={"price": "text", "kind": type})
    with pytest.raises(InvalidInput, match=f"grouped by 'kind'.* cannot be of the type {type}"):
        run(services, RETYPE, args)
    types = services.collections.get("shop").attribute_types
    assert types == {"price": "number", "kind": "text"}
    run(services, RETYPE, ChangeAttributesArgs(types={"kind": "number", "price": type}))


def test_a_changed_type_leaves_values_as_old_as_they_were(services, items):
    upload = services.ledger.next_sequence()  # an import that is still running
    run(services, RETYPE, ChangeAttributesArgs(types={"price": "text"}))
    items.write(items.merge([ItemChange("1", upload, attributes={"price": "new"})]), lambda: None)
    assert stored(items)[1]["price"] == "new"
