"""An import of the whole catalogue deletes what it does not contain, but never too much."""

from datetime import UTC, datetime

import pytest

from core.domain import EncoderIdentity
from core.errors import Conflict
from core.jobs import IngestArgs, JobKind, NewJob
from core.pipelines.ingest import finish, plan
from core.pipelines.services import no_heartbeat
from core.storage import Item, ItemChange, ItemImage
from tests.support.trainable_shop import open_services

COUNT = 10


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """Services that the tests share; each test has a collection of its own."""
    with open_services(tmp_path_factory.mktemp("services")) as services:
        yield services


@pytest.fixture
def shop(services):
    """A collection with the items 0 to 9."""
    name = f"shop-{len(services.collections.names())}"
    collection = services.collections.create(name, encoder=EncoderIdentity("a", 2))
    now = datetime.now(UTC)
    services.items(collection).put_all(
        Item(sku=str(n), created_at=now, updated_at=now) for n in range(COUNT)
    )
    return collection


def upload(services, shop, rows, **options):
    """The job of an upload of items.csv with these rows; `sync` by default."""
    with services.uploads.receive(shop.name + str(len(rows))) as writer:
        writer.begin("manifest", "items.csv")
        writer.write("\n".join(["sku,price", *rows]).encode())
        writer.end()
    args = IngestArgs(upload=shop.name + str(len(rows)), **{"sync": True, **options})
    new = NewJob(kind=JobKind.INGEST, collection=shop.name, args=args.model_dump(mode="json"))
    return services.ledger.create(new)


def run(services, job):
    """Run the first and the last step of a job; return the final result."""
    outcome = plan(job, services, no_heartbeat)
    return finish(job.model_copy(update={"result": outcome.result}), services).result


def skus(services, shop):
    items = services.items(shop)
    return {item.sku for item in items.by_keys(items.keys())}


def test_items_that_the_upload_lacks_are_deleted(services, shop):
    job = upload(services, shop, [f"{n},{n}" for n in range(8)])
    result = run(services, job)
    assert (result["missing"], result["deleted"], result["items"]) == (2, 2, 8)
    assert sorted(result["missing_examples"]) == ["8", "9"]
    assert skus(services, shop) == {str(n) for n in range(8)}


def test_without_sync_nothing_is_deleted(services, shop):
    result = run(services, upload(services, shop, ["1,1"], sync=False))
    assert "deleted" not in result
    assert len(skus(services, shop)) == COUNT


def test_an_upload_that_lacks_too_many_items_is_refused_before_anything_is_imported(services, shop):
    rows = [f"{n},{n}" for n in range(7)]
    with pytest.raises(Conflict) as error:
        plan(upload(services, shop, rows), services, no_heartbeat)
    assert "lacks 3 of the collection's 10 items (30%); 20% may be deleted" in error.value.detail
    assert "Nothing was imported or deleted" in error.value.detail
    assert len(skus(services, shop)) == COUNT
    assert run(services, upload(services, shop, rows, max_deleted_share=0.3))["deleted"] == 3
    assert len(skus(services, shop)) == 7


def test_a_dry_run_tells_what_would_be_deleted_and_changes_nothing(services, shop):
    job = upload(services, shop, ["1,1", "2,2"], dry_run=True)
    outcome = plan(job, services, no_heartbeat)
    assert (outcome.chunks, outcome.result["dry_run"]) == (0, True)
    result = finish(job.model_copy(update={"result": outcome.result}), services).result
    assert (result["planned_items"], result["planned_images"], result["missing"]) == (2, 0, 8)
    assert "lacks 8 of the collection's 10 items" in result["warning"]
    assert len(result["missing_examples"]) == 8
    assert len(skus(services, shop)) == COUNT
    assert services.collections.get(shop.name).attribute_types == {}


def test_items_that_failed_rows_name_are_not_deleted(services, shop):
    rows = [f"{n},{n}" for n in range(8)] + ["8,?"]
    assert run(services, upload(services, shop, rows))["deleted"] == 1
    assert skus(services, shop) == {str(n) for n in range(9)}


def test_a_failed_row_that_names_no_item_prevents_all_deletions(services, shop):
    rows = [f"{n},{n}" for n in range(9)] + [",9"]
    result = run(services, upload(services, shop, rows))
    assert "No item will be deleted, because 1 of the failed files and rows" in result["warning"]
    assert len(skus(services, shop)) == COUNT


def test_an_item_that_was_uploaded_after_the_catalogue_is_not_deleted(services, shop):
    job = upload(services, shop, [f"{n},{n}" for n in range(9)])
    outcome = plan(job, services, no_heartbeat)
    items = services.items(shop)
    image = ItemImage(view="main", file="f", sha256="0", format="JPEG", width=1, height=1, bytes=1)
    later = ItemChange("9", services.ledger.next_sequence(), images={"main": image})
    items.write(items.merge([later]), lambda: None)
    result = finish(job.model_copy(update={"result": outcome.result}), services).result
    assert (result["missing"], result["deleted"]) == (1, 0)
    assert "9" in skus(services, shop)


def test_items_that_came_in_meanwhile_count_for_the_guard(services, shop):
    job = upload(services, shop, [f"{n},{n}" for n in range(9)])
    outcome = plan(job, services, no_heartbeat)
    now = datetime.now(UTC)
    services.items(shop).put_all(
        Item(sku=f"new{n}", created_at=now, updated_at=now) for n in range(COUNT)
    )
    result = finish(job.model_copy(update={"result": outcome.result}), services).result
    assert result["deleted"] == 0
    assert "Nothing was deleted: the upload lacks 11 of the" in result["warning"]
    assert len(skus(services, shop)) == 2 * COUNT
