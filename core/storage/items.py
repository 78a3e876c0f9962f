"""The items of a collection: a small JSON document for each item, next to its images.

A hash of the SKU determines the document's folder (one of 256) and the item's place in pages. A
deleted item leaves a tombstone with the sequence number of the deletion, so that older uploads that
are still running do not bring the item back.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from pydantic import ValidationError

from core.errors import Conflict, NotFound
from core.filters.parse import Filter
from core.storage.backends import StorageBackend
from core.storage.backends.backend import no_check
from core.storage.item import Item, ItemImage, item_key
from core.storage.item_changes import ItemChange, ItemUpdate, merge
from core.storage.tombstones import Tombstones

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DamagedItem:
    """An item whose document is not readable; `file` is its path in the collection's folder."""

    key: str
    file: str

    def error(self, sku: str) -> Conflict:
        """Return the error for a request that needs the item."""
        return Conflict(
            f"the document of item {sku[:128]!r} is damaged ({self.file}); restore this file from "
            "a backup, or replace or delete the item"
        )


def no_such_item(sku: str) -> NotFound:
    """Return the error for a SKU that no item has."""
    return NotFound(f"item {sku[:128]!r} does not exist in this collection")


class Items:
    """The items of a collection. Callers hold the collection's lock while they change them.

    A damaged document affects only its own item: lists and searches omit this item, and the log
    names the document.
    """

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._root = folder
        self.tombstones = Tombstones(files, folder)
        self._folder = f"{folder}/items"

    def get(self, sku: str) -> Item:
        """Return an item.

        Raises:
            NotFound: no item has this SKU.
            Conflict: the item's document is damaged.
        """
        for item in self.read([item_key(sku)]):
            if isinstance(item, DamagedItem):
                raise item.error(sku)
            return item
        raise no_such_item(sku)

    def exists(self, sku: str) -> bool:
        """Return whether the item has a document, readable or not."""
        return self._files.exists(self._path(item_key(sku)))

    def find(self, skus: Iterable[str]) -> dict[str, Item]:
        """Return the items of these SKUs, by SKU; missing and damaged items are skipped."""
        return {item.sku: item for item in self.by_keys(map(item_key, skus))}

    def by_keys(self, keys: Iterable[str]) -> list[Item]:
        """Return the items of these keys; missing and damaged items are skipped."""
        return [item for item in self.read(keys) if isinstance(item, Item)]

    def read(self, keys: Iterable[str]) -> Iterator[Item | DamagedItem]:
        """Yield the items of these keys, including damaged items; missing items are skipped."""
        keys = list(keys)
        documents = self._files.find_all([self._path(key) for key in keys])
        for key, document in zip(keys, documents, strict=True):
            if document is not None:
                yield self._parse(key, document)

    def merge(self, changes: Sequence[ItemChange]) -> list[ItemUpdate]:
        """Return each item before and after its change; no two changes may have the same SKU.

        Raises:
            Conflict: an item is damaged, and its change does not replace it.
        """
        keys = {item_key(change.sku): change for change in changes}
        before = {item.key: item for item in self.read(keys)}
        deleted = self.tombstones.find([key for key in keys if key not in before])
        now = datetime.now(UTC)
        return [
            _update(change, before.get(key), deleted.get(key, 0), now)
            for key, change in keys.items()
        ]

    def write(self, updates: Iterable[ItemUpdate], check: Callable[[], None]) -> None:
        """Write and delete documents; call `check` right before each change takes effect.

        Call `delete_unused_images` afterwards to delete the images of deleted items.
        """
        updates = [update for update in updates if update.after != update.before or update.deletes]
        self.put_all([update.after for update in updates if update.after], check)
        for change in [update.change for update in updates if update.deletes]:
            key = item_key(change.sku)
            self.tombstones.put(key, change.sequence, check)
            check()
            self._files.delete(self._path(key))

    def put_all(self, items: Iterable[Item], check: Callable[[], None] = no_check) -> None:
        """Write documents; their images must exist. Call `check` right before each takes effect."""
        self._files.write_all(
            ((self._path(item_key(item.sku)), item.model_dump_json().encode()) for item in items),
            check,
        )

    def put_images(self, images: Iterable[tuple[str, bytes]]) -> None:
        """Write images, each under its name from `image_file`."""
        self._files.write_all((self._image_path(name), data) for name, data in images)

    def read_image(self, image: ItemImage) -> bytes:
        """Return the bytes of an image, as uploaded."""
        return self._files.read(self._image_path(image.file))

    def has_image(self, image: ItemImage) -> bool:
        """Return whether the file of an image exists."""
        return self._files.exists(self._image_path(image.file))

    def delete_image(self, image: ItemImage) -> None:
        """Delete an image that no document names any more."""
        self._files.delete(self._image_path(image.file))

    def delete_unused_images(self, sku: str) -> None:
        """Delete an item's images that its document does not name, or all if it has no document.

        A damaged document might name any of the images, so all of them are kept.
        """
        key = item_key(sku)
        used: set[str] = set()
        for item in self.read([key]):
            if isinstance(item, DamagedItem):
                return
            used |= {image.file for image in item.images}
        for name in self._files.list_names(f"{self._folder}/{key[:2]}"):
            if name.startswith(f"{key}-") and name not in used:
                self._files.delete(self._image_path(name))

    def page(
        self,
        *,
        cursor: str | None = None,
        limit: int = 50,
        where: Filter | None = None,
        keys: Iterator[str] | None = None,
    ) -> tuple[list[Item], str | None]:
        """Return items that match the filter, and the cursor of the next page, if there is one.

        Args:
            keys: which items, sorted; by default, all after the cursor.
        """
        page: list[Item] = []
        keys = self.keys(after=cursor or "") if keys is None else keys
        while batch := list(islice(keys, limit - len(page))):
            items = self.by_keys(batch)  # skips items removed since the listing
            page += [item for item in items if where is None or where.matches(item.attributes)]
        is_last = len(page) < limit or next(keys, None) is None
        return page, None if is_last else item_key(page[-1].sku)

    def keys(self, *, after: str = "") -> Iterator[str]:
        """Yield the keys of the documents, sorted, starting with the first key after `after`."""
        last = f"{after[:2]}/{after}.json" if after else ""
        for path in self._files.walk(self._folder, after=last):
            if path.endswith(".json"):
                yield path[3:-5]

    def files(self) -> set[str]:
        """Return the file names of all documents and images."""
        return {path[3:] for path in self._files.list_tree(self._folder)}

    def count(self) -> Mapping[str, int]:
        """Return the numbers of items and images."""
        names = self.files()
        items = sum(name.endswith(".json") for name in names)
        return {"items": items, "images": len(names) - items}

    def _parse(self, key: str, document: bytes) -> Item | DamagedItem:
        try:
            item = Item.model_validate_json(document)
        except ValidationError:
            item = None
        if item is not None and item.key == key:
            return item
        file = f"items/{key[:2]}/{key}.json"
        log.error("the document of an item is damaged: %s/%s", self._root, file)
        return DamagedItem(key, file)

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key[:2]}/{key}.json"

    def _image_path(self, name: str) -> str:
        return f"{self._folder}/{name[:2]}/{name}"


def _update(
    change: ItemChange, before: Item | DamagedItem | None, deleted: int, now: datetime
) -> ItemUpdate:
    damaged = isinstance(before, DamagedItem)
    if isinstance(before, DamagedItem):
        if not change.replaces_images:
            raise before.error(change.sku)
        before = None
    after = merge(before, change, deleted=deleted, now=now)
    return ItemUpdate(change, before, after, was_damaged=damaged)
