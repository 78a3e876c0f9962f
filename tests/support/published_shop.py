"""A shop whose cache has lists of every kind, published without workers; all rank all items."""

from datetime import UTC, datetime

from core.domain import EncoderIdentity
from core.item_links import LinkSummary, to_text
from core.pipelines.item_cache import restore_items
from core.pipelines.services import no_heartbeat
from core.recommendations import Recommendation, UserLists
from core.storage import Item, Recommender

USERS = ("ann", "bob")
GENERATION = "g1"


def publish_shop(services, attributes, name="shop", **fields):
    """Create a collection of items with these attributes, by SKU, best first; publish its lists."""
    now = datetime.now(UTC)
    shop = services.collections.create(name, encoder=EncoderIdentity("x", dim=8), **fields)
    services.items(shop).put_all([
        Item(sku=sku, attributes=a, created_at=now, updated_at=now) for sku, a in attributes.items()
    ])
    restore_items(shop, services, no_heartbeat)
    _publish_recommendations(services, shop, [*attributes])
    services.similar.begin(name, "token")
    services.similar.write(name, _similar_lists([*attributes]))
    services.similar.go_live(name, "v1", "token")
    return shop


def _publish_recommendations(services, shop, skus):
    rows = [Recommendation(sku, len(skus) - n, []) for n, sku in enumerate(skus)]
    lists = [(user, UserLists(0, [], rows)) for user in USERS]
    services.generations(shop).write_lists(GENERATION, "users-0", lists)
    services.generations(shop).put_recommender(Recommender(live=GENERATION))
    services.lists.write(shop.name, GENERATION, lists)
    services.lists.write_popular(shop.name, GENERATION, {"": rows})
    services.lists.write_links(shop.name, GENERATION, LinkSummary(100, 0.0), _links(skus))
    services.lists.go_live(shop.name, GENERATION, hidden_skus=())


def _links(skus):
    for sku in skus:
        links = [(other, 9, 1.5, 900_000 - n) for n, other in enumerate(skus) if other != sku]
        yield sku, to_text(links)


def _similar_lists(skus):
    for sku in skus:
        rows = [f"{other}\tmain\t{900_000 - n}\n" for n, other in enumerate(skus) if other != sku]
        yield sku, f"all\n{''.join(rows)}".encode()
