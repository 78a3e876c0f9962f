"""Compares a vector index with the item documents, and corrects what differs."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from core.batching import batched
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, DamagedItem, Item, VectorIndex
from core.storage.item import item_key
from core.vectors import EncodedAttributes
from core.vectors.expressions import encode_attributes

_READ_BATCH = 500
_WRITE_BATCH = 100

ImageKey = tuple[str, str]
"""A SKU and a view."""


@dataclass
class Differences:
    """What differs between a vector index and the item documents."""

    extra: set[ImageKey] = field(default_factory=set)
    """Vectors without an image."""
    missing: set[ImageKey] = field(default_factory=set)
    """Images without a vector."""
    outdated: set[ImageKey] = field(default_factory=set)
    """Vectors whose attributes differ from those of their items."""
    damaged: set[tuple[str, str]] = field(default_factory=set)
    """SKU ("?" if there is no vector) and file of unreadable documents. The vectors of these
    items count as correct."""

    @property
    def skus(self) -> set[str]:
        """The SKUs of all differences except damaged documents."""
        return {sku for sku, _ in self.extra | self.missing | self.outdated}


@dataclass(frozen=True)
class Repair:
    """The result of a repair of a vector index."""

    missing: list[str]
    """The keys of items with an image without a vector."""
    dropped: int = 0
    """Number of removed vectors."""
    corrected: int = 0
    """Number of items whose attributes were corrected."""


def find_differences(
    collection: Collection, index: VectorIndex, services: Services, heartbeat: Heartbeat
) -> Differences:
    """Compare the vectors of an index with the item documents.

    Raises:
        NotFound: the index does not exist.
    """
    rows = {
        (sku, view): _fingerprint(attributes)
        for sku, view, attributes in services.vectors.attributes(index.name)
    }
    differences, damaged = Differences(extra=set(rows)), list[DamagedItem]()
    for item in iterate_items(collection, services, heartbeat):
        if isinstance(item, DamagedItem):
            damaged.append(item)
        else:
            _compare(item, rows, differences)
    if damaged:
        _set_aside(damaged, {sku for sku, _ in rows}, differences)
    return differences


def _set_aside(damaged: list[DamagedItem], skus: set[str], differences: Differences) -> None:
    known = {item_key(sku): sku for sku in skus}
    named = {(known.get(item.key, "?"), item.file) for item in damaged}
    lost = {sku for sku, _ in named}
    differences.damaged = named
    differences.extra = {key for key in differences.extra if key[0] not in lost}


def compare_item(
    collection: Collection, index: VectorIndex, sku: str, services: Services
) -> Differences:
    """Compare the vectors of one SKU with its document; callers hold the collection's lock."""
    rows = {
        (sku, view): _fingerprint(attributes)
        for _, view, attributes in services.vectors.attributes(index.name, sku)
    }
    differences = Differences(extra=set(rows))
    for item in services.items(collection).read([item_key(sku)]):
        if isinstance(item, DamagedItem):
            return Differences(damaged={(sku, item.file)})
        _compare(item, rows, differences)
    return differences


def _compare(item: Item, rows: dict[ImageKey, int], differences: Differences) -> None:
    expected = _fingerprint(encode_attributes(item.attributes))
    for image in item.images:
        key = item.sku, image.view
        differences.extra.discard(key)
        if key not in rows:
            differences.missing.add(key)
        elif rows[key] != expected:
            differences.outdated.add(key)


def _fingerprint(attributes: EncodedAttributes) -> int:
    """Return a hash, to save memory; 5 and 5.0 hash alike, as Milvus may return ints as floats."""
    return hash(tuple((name, _hashable(attributes[name])) for name in sorted(attributes)))


def _hashable(value: str | float | bool | list[str]) -> Hashable:
    match value:
        case list():
            return tuple(value)
        case bool() | str():
            return value
        case _:
            return repr(float(value))


def repair(
    collection: Collection, index: VectorIndex, services: Services, heartbeat: Heartbeat
) -> Repair:
    """Remove vectors without an image, and correct the attributes of the remaining vectors."""
    differences = find_differences(collection, index, services, heartbeat)
    views_by_sku: dict[str, set[str]] = {}
    for sku, view in differences.extra:
        views_by_sku.setdefault(sku, set()).add(view)
    dropped = sum(
        _drop_views(collection, index, sku, views, services) for sku, views in views_by_sku.items()
    )
    outdated = sorted({sku for sku, _ in differences.outdated})
    corrected = sum(
        _correct_attributes(collection, index, skus, services)
        for skus in batched(outdated, _WRITE_BATCH)
    )
    missing = sorted({item_key(sku) for sku, _ in differences.missing})
    return Repair(missing, dropped, corrected)


def _drop_views(
    collection: Collection, index: VectorIndex, sku: str, views: set[str], services: Services
) -> int:
    with services.locks.exclusive(collection.name) as check_lock:
        current = compare_item(collection, index, sku, services)  # the item may be new
        extra = views & {view for _, view in current.extra}
        check_lock()
        if extra:
            services.vectors.delete_views(index.name, sku, sorted(extra))
        return len(extra)


def _correct_attributes(
    collection: Collection, index: VectorIndex, skus: list[str], services: Services
) -> int:
    with services.locks.exclusive(collection.name) as check_lock:
        items = services.items(collection).find(skus)
        check_lock()
        services.vectors.set_attributes(
            index.name, {sku: item.attributes for sku, item in items.items()}
        )
        return len(items)


def iterate_items(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[Item | DamagedItem]:
    """Yield every item of a collection; read the items in batches."""
    items = services.items(collection)
    for keys in batched(items.keys(), _READ_BATCH):
        yield from items.read(keys)
        heartbeat()
