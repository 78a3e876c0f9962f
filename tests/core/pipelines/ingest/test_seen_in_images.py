"""What is seen in images is kept with them, and is an attribute that nobody else sets."""

import pytest

from core.attributes import AttributeType
from core.domain import SEEN_COLOUR, ImageProblem
from core.errors import InvalidInput
from core.jobs import ChangeItemsArgs, JobKind, NewJob
from core.pipelines.bulk.change_items import change_items
from core.pipelines.reindex.embed import embed_items
from core.pipelines.services import no_heartbeat
from core.vectors.expressions import encode_attributes
from tests.support.local_shop import LocalShop


@pytest.fixture
def shop(services):
    return LocalShop(services)


def seen(shop, sku="A"):
    return shop.items.get(sku).attributes.get(SEEN_COLOUR)


def is_in_index(shop, sku="A"):
    """Return whether the vectors of an item have its attributes."""
    rows = shop.vectors.attributes(shop.collection.index_name, sku)
    expected = encode_attributes(shop.items.get(sku).attributes)
    return [attributes for *_, attributes in rows] == [expected]


def test_the_colour_follows_the_image_whatever_happens_to_the_attributes(shop):
    shop.run(shop.put("red", price=1))
    assert (seen(shop), is_in_index(shop)) == (["red"], True)
    shop.run(shop.request("blue", sku="A"))
    assert (seen(shop), is_in_index(shop)) == (["blue"], True)
    shop.run(shop.put("green"))  # replaces everything, and sends no attributes
    assert shop.items.get("A").attributes == {SEEN_COLOUR: ["green"]}
    shop.run(shop.request(manifest=[{"sku": "A", "price": None}]))
    assert seen(shop) == ["green"]
    types = shop.services.collections.get("shop").attribute_types
    assert types == {"price": AttributeType.NUMBER, SEEN_COLOUR: AttributeType.LIST}


def test_a_new_colour_does_not_count_as_an_update_of_attributes(shop):
    shop.run(shop.request("red", sku="A"))
    assert shop.run(shop.request("blue", sku="A")).updated == 0


def test_an_attribute_of_that_name_is_refused(shop):
    rows = [{"sku": "red", SEEN_COLOUR: ["blue"]}, {"sku": "blue", "price": 1}]
    job = shop.request("red", "blue", manifest=rows)
    shop.run(job)
    assert seen(shop, "red") == ["red"]
    (failure,) = shop.services.ledger.all_failures(job.id)
    assert (failure.sku, "cannot be set" in failure.reason) == ("red", True)
    with pytest.raises(InvalidInput, match="cannot be set"):
        shop.collection.check_new_types({SEEN_COLOUR: AttributeType.TEXT})


def test_a_change_of_many_items_finds_and_keeps_the_colour(shop):
    shop.run(shop.request("red", "blue"))
    args = ChangeItemsArgs(filter='{"seen_colour": {"contains": "red"}}', attributes={"sale": True})
    job = shop.services.ledger.create(
        NewJob(kind=JobKind.CHANGE_ITEMS, collection="shop", args=args.model_dump())
    )
    assert change_items(job, shop.services, no_heartbeat).done == 1
    assert shop.items.get("red").attributes == {SEEN_COLOUR: ["red"], "sale": True}


def test_a_job_counts_what_is_wrong_with_the_images_that_it_adds(shop):
    job = shop.request("red", "blue")
    shop.run(job)
    counts = {ImageProblem.PLACEHOLDER: 2, ImageProblem.TINY: 2}
    assert shop.services.ledger.get(job.id).image_problems == counts
    again = shop.request("red", "blue")
    assert shop.run(again).skipped == 2
    assert shop.services.ledger.get(again.id).image_problems == {}


def test_the_cache_knows_what_is_wrong_with_each_image(shop):
    shop.services.item_cache.go_live_empty("shop")
    shop.run(shop.request("red", "blue"))
    images = shop.services.item_cache.images("shop")
    problems = (ImageProblem.TINY, ImageProblem.PLACEHOLDER)
    assert [(image.sku, image.view, image.problems) for image in images] == [
        ("blue", "main", problems), ("red", "main", problems),
    ]  # fmt: skip
    shop.services.item_cache.remove("shop", ["red"])
    assert [image.sku for image in shop.services.item_cache.images("shop")] == ["blue"]


def test_a_rebuild_looks_at_images_that_nobody_has_looked_at(shop):
    shop.run(shop.request("red", "blue"))
    assessed = {sku: shop.items.get(sku) for sku in ("red", "blue")}
    image = assessed["red"].image().model_copy(update={"problems": None, "colours": ()})
    old = assessed["red"].model_copy(update={"images": (image,), "attributes": {"price": 1}})
    shop.items.put_all([old])
    (index,) = shop.collection.indexes
    items = [shop.items.get(sku) for sku in ("red", "blue")]
    assert embed_items(shop.collection, index, items, shop.services) == []
    assert shop.items.get("blue") == assessed["blue"]
    assert shop.items.get("red").images == assessed["red"].images
    assert shop.items.get("red").attributes == {"price": 1, SEEN_COLOUR: ["red"]}
    assert is_in_index(shop, "red")
    assert shop.services.ledger.open_jobs_of("shop", JobKind.SYNC_ITEMS)
