"""Writes items with random vectors directly to the store, the cache and Milvus."""

from datetime import UTC, datetime

import numpy as np

from core.batching import batched
from core.cache import ItemCache
from core.connections.redis_client import connect
from core.encoders.encoder import unit_rows
from core.settings import Settings
from core.storage import Collections, Item, Items, open_backend
from core.storage.item import ItemImage
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors

_BATCH = 2_000
_IMAGE = ItemImage(
    view="main", file="none", sha256="", format="JPEG", width=640, height=640, bytes=0
)


def write_random_items(settings: Settings, name: str, count: int) -> None:
    """Add items with a few attributes and one vector each to an empty collection."""
    files, vectors = open_backend(settings.store), MilvusVectors(settings.milvus)
    cards = ItemCache(connect(settings.cache))
    collection = Collections(files).get(name)
    items, dim = Items(files, collection.folder), collection.encoder.dim
    vectors.create(collection.index_name, dim)
    rng = np.random.default_rng(1)
    for numbers in batched(range(count), _BATCH):
        batch = [_item(number) for number in numbers]
        units = unit_rows(rng.standard_normal((len(batch), dim), np.float32))
        items.put_all(batch)
        cards.put_cards(name, batch)
        pairs = zip(batch, units, strict=True)
        rows = [VectorRow(item.sku, "main", unit, item.attributes) for item, unit in pairs]
        vectors.upsert(collection.index_name, rows)


def _item(number: int) -> Item:
    attributes = {"name": f"Product {number}", "price": number % 100, "color": "red"}
    return Item(
        sku=f"A-{number}",
        attributes=attributes,
        images=(_IMAGE,),
        created_at=datetime.now(UTC),
        updated_at=datetime.now(UTC),
    )
