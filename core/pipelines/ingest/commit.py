"""Commits the images of a chunk: files first, then vectors, then item documents.

A search finds an item only after its document is written, so a crash at any point leaves either
all of an image or nothing; another worker then repeats the chunk.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.domain import Attributes
from core.pipelines.services import Heartbeat, Services
from core.pipelines.vector_targets import VectorsByIndex
from core.storage import Collection, Item, ItemImage, Items, PlannedImage
from core.vectors import VectorRow


class IndexAdded(Exception):
    """Raised before any write if a vector index was added after the chunk was embedded."""


@dataclass(frozen=True)
class EmbeddedImage:
    """An image with its bytes and vectors; the vectors are empty until the image is embedded."""

    planned: PlannedImage
    data: bytes
    image: ItemImage
    vectors: VectorsByIndex = field(default_factory=dict)


@dataclass
class ItemChange:
    """The change of one item by a chunk."""

    before: Item | None
    after: Item
    embedded: list[EmbeddedImage]

    @property
    def dropped(self) -> list[ItemImage]:
        """Images that the item loses."""
        files = {image.file for image in self.after.images}
        before = self.before.images if self.before else ()
        return [image for image in before if image.file not in files]

    @property
    def dropped_views(self) -> list[str]:
        """Views that the item loses."""
        views = {image.view for image in self.after.images}
        return [image.view for image in self.dropped if image.view not in views]

    @property
    def attributes_changed(self) -> bool:
        """Whether the item existed with other attributes."""
        return self.before is not None and self.before.attributes != self.after.attributes


def commit_chunk(
    collection: Collection,
    embedded: list[EmbeddedImage],
    unchanged: list[PlannedImage],
    services: Services,
    heartbeat: Heartbeat,
) -> int:
    """Write the images of a chunk, and the attributes of rows without a new image.

    Returns the number of existing items with changed attributes.

    Raises:
        IndexAdded: the images also need vectors for a new index; embed them and commit again.
    """
    items = services.items(collection)
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        heartbeat()  # a worker that lost the step must not write: its images may be deleted
        embedded_for = {index.name for index in collection.indexes}
        if not {index.name for index in current.indexes} <= embedded_for:
            raise IndexAdded
        items.put_images((image.image.file, image.data) for image in embedded)
        changes = _changes(embedded, unchanged, items)
        if current.shadow_index:  # the definition may name the index before Milvus has it
            services.vectors.create(current.shadow_index.name, current.shadow_index.encoder.dim)
        for index in current.indexes:
            check_lock()
            _write_vectors(index.name, changes, services)
        check_lock()  # an item that was deleted meanwhile must not come back
        items.put_all(change.after for change in changes if change.after != change.before)
        for change in changes:
            for image in change.dropped:
                items.delete_image(image)
    return sum(change.attributes_changed for change in changes)


def _changes(
    embedded: list[EmbeddedImage], unchanged: list[PlannedImage], items: Items
) -> list[ItemChange]:
    by_sku: dict[str, list[EmbeddedImage]] = {}
    for image in embedded:
        by_sku.setdefault(image.planned.sku, []).append(image)
    planned = {row.sku: row for row in unchanged}
    planned |= {sku: images[0].planned for sku, images in by_sku.items()}
    before = items.find(planned)
    kept_views = {
        sku: {row.view for row in unchanged if row.sku == sku and row.replace} for sku in planned
    }
    now = datetime.now(UTC)
    return [
        _change(before.get(sku), row, by_sku.get(sku, []), kept_views[sku], now)
        for sku, row in planned.items()
        if sku in before or sku in by_sku  # otherwise the item was deleted meanwhile
    ]


def _change(
    before: Item | None,
    planned: PlannedImage,
    embedded: list[EmbeddedImage],
    kept_views: set[str],
    now: datetime,
) -> ItemChange:
    images = {image.view: image for image in (before.images if before else ())}
    if planned.replace:
        images = {view: image for view, image in images.items() if view in kept_views}
    images |= {image.planned.view: image.image for image in embedded}
    after = Item(
        sku=planned.sku,
        attributes=_attributes(before, planned),
        images=tuple(images.values()),
        created_at=before.created_at if before else now,
        updated_at=now,
    )
    if before and (before.images, before.attributes) == (after.images, after.attributes):
        after = before
    return ItemChange(before, after, embedded)


def _attributes(before: Item | None, planned: PlannedImage) -> Attributes:
    """Replace the attributes if there is an image; otherwise merge the new ones into the old."""
    if not planned.blob and before:
        merged = before.attributes | (planned.attributes or {})
        return {name: value for name, value in merged.items() if value is not None}
    if planned.attributes is not None:
        return planned.attributes
    return before.attributes if before and not planned.replace else {}


def _write_vectors(index: str, changes: list[ItemChange], services: Services) -> None:
    rows = [
        VectorRow(
            sku=change.after.sku,
            view=image.planned.view,
            vector=image.vectors[index],
            attributes=change.after.attributes,
        )
        for change in changes
        for image in change.embedded
    ]
    if rows:
        services.vectors.upsert(index, rows)
    attributes = {
        change.after.sku: change.after.attributes for change in changes if change.attributes_changed
    }
    services.vectors.set_attributes(index, attributes)
    for change in changes:
        if change.dropped_views:
            services.vectors.delete_views(index, change.after.sku, change.dropped_views)
