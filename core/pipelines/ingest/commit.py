"""Where pictures of a chunk become part of the shop: files, then vectors, then documents.

A document comes last: while it is not there, nothing can be found of the item, so a crash at any
place leaves either all of a picture or nothing, and the chunk is done again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from core.domain import Attributes
from core.pipelines.services import Report, Services
from core.pipelines.vector_targets import Vectors
from core.storage import Collection, Entry, Item, ItemImage, Items
from core.vectors import VectorRow


@dataclass(frozen=True)
class Taken:
    """A picture with its vectors, ready to be kept."""

    entry: Entry
    data: bytes
    image: ItemImage
    vectors: Vectors


@dataclass
class _Change:
    """What a chunk does to one item."""

    before: Item | None
    after: Item
    taken: list[Taken]

    @property
    def dropped(self) -> list[ItemImage]:
        """Pictures that the item has no more."""
        kept = {image.file for image in self.after.images}
        return [i for i in (self.before.images if self.before else ()) if i.file not in kept]

    @property
    def dropped_views(self) -> list[str]:
        """Views that the item has no more."""
        kept = {image.view for image in self.after.images}
        return [image.view for image in self.dropped if image.view not in kept]

    @property
    def attributes_changed(self) -> bool:
        return self.before is not None and self.before.attributes != self.after.attributes


def keep(
    collection: Collection,
    taken: list[Taken],
    unchanged: list[Entry],
    services: Services,
    report: Report,
) -> int | None:
    """Write a chunk's pictures, and the attributes that came with unchanged ones or alone.

    Returns how many items have other attributes now. None, and nothing is written, where pictures
    have to go into a space that has been made since the collection was read: then they must be
    embedded for that one too.

    Raises:
        NotFound: the collection was deleted meanwhile.
        Unavailable: a part does not answer.
    """
    items = services.items(collection)
    with services.locks.changing(collection.name) as held:
        now = services.still_there(collection)
        report()  # who lost the step must not write: what it has may be deleted by now
        if not {space.name for space in now.spaces} <= {space.name for space in collection.spaces}:
            return None
        items.put_pictures((one.image.file, one.data) for one in taken)
        changes = _changes(taken, unchanged, items)
        if now.beside:  # it may be named in the definition and not yet be made
            services.vectors.create(now.beside.name, now.beside.encoder.dim)
        for space in now.spaces:
            held()
            _write_vectors(space.name, changes, services)
        held()  # an item that was deleted meanwhile must not come back
        items.put_all(change.after for change in changes if change.after != change.before)
        for change in changes:
            for image in change.dropped:
                items.drop_picture(image)
    return sum(change.attributes_changed for change in changes)


def _changes(taken: list[Taken], unchanged: list[Entry], items: Items) -> list[_Change]:
    by_sku = {
        sku: list(group)
        for sku, group in groupby(sorted(taken, key=lambda t: t.entry.sku), lambda t: t.entry.sku)
    }
    entries = {entry.sku: entry for entry in unchanged} | {
        sku: group[0].entry for sku, group in by_sku.items()
    }
    before = items.find(entries)
    views = {sku: {e.view for e in unchanged if e.sku == sku and e.replace} for sku in entries}
    now = datetime.now(UTC)
    return [
        _change(before.get(sku), entry, by_sku.get(sku, []), views[sku], now)
        for sku, entry in entries.items()
        if sku in before or sku in by_sku  # else it was deleted since it was looked at
    ]


def _change(
    before: Item | None, entry: Entry, taken: list[Taken], kept_views: set[str], now: datetime
) -> _Change:
    images = {image.view: image for image in (before.images if before else ())}
    if entry.replace:
        images = {view: image for view, image in images.items() if view in kept_views}
    images |= {one.entry.view: one.image for one in taken}
    attributes = _attributes(before, entry)
    after = Item(
        sku=entry.sku,
        attributes=attributes,
        images=tuple(images.values()),
        created_at=before.created_at if before else now,
        updated_at=now,
    )
    if before and (before.images, before.attributes) == (after.images, after.attributes):
        after = before
    return _Change(before, after, taken)


def _attributes(before: Item | None, entry: Entry) -> Attributes:
    """Those that come with a picture are all; those that come alone leave others as they are."""
    if not entry.blob and before:
        merged = before.attributes | (entry.attributes or {})
        return {name: value for name, value in merged.items() if value is not None}
    if entry.attributes is not None:
        return entry.attributes
    return before.attributes if before and not entry.replace else {}


def _write_vectors(space: str, changes: list[_Change], services: Services) -> None:
    rows = [
        VectorRow(
            sku=c.after.sku,
            view=t.entry.view,
            vector=t.vectors[space],
            attributes=c.after.attributes,
        )
        for c in changes
        for t in c.taken
    ]
    if rows:
        services.vectors.upsert(space, rows)
    told = {c.after.sku: c.after.attributes for c in changes if c.attributes_changed}
    services.vectors.set_attributes(space, told)
    for change in changes:
        if change.dropped_views:
            services.vectors.delete_views(space, change.after.sku, change.dropped_views)
