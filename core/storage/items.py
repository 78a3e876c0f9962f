"""The items of a collection: a small JSON document for each item, next to its images.

Documents are in 256 folders by the hash of their SKU; pages are in the order of that hash.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from pydantic import Field

from core.domain import Attributes
from core.errors import NotFound
from core.filters.parse import Filter
from core.records import Record
from core.storage.backends import StorageBackend


class ItemImage(Record):
    """An image of an item; `file` is its file name next to the item's document."""

    view: str
    file: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int


class Item(Record):
    """A product, identified by its SKU."""

    sku: str
    attributes: Attributes = Field(default_factory=dict)
    images: tuple[ItemImage, ...] = ()
    created_at: datetime
    updated_at: datetime

    def with_attributes(self, attributes: Attributes) -> "Item":
        """Return a copy with these attributes and the current time as `updated_at`."""
        now = datetime.now(UTC)
        return self.model_copy(update={"attributes": attributes, "updated_at": now})

    def image(self, view: str | None = None) -> ItemImage:
        """Return the image of a view, or the first image.

        Raises:
            NotFound: the item has no such view, or no image.
        """
        for image in self.images:
            if view is None or image.view == view:
                return image
        raise NotFound(f"item {self.sku!r} has no {f'view {view!r}' if view else 'image'}")


class Items:
    """The items of a collection. Callers hold the collection's lock while they change them."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/items"

    def get(self, sku: str) -> Item:
        """Return an item.

        Raises:
            NotFound: no item has this SKU.
        """
        document = self._files.find(self._path(item_key(sku)))
        if document is None:
            raise NotFound(f"item {sku[:128]!r} does not exist in this collection")
        return Item.model_validate_json(document)

    def find(self, skus: Iterable[str]) -> dict[str, Item]:
        """Return the items of these SKUs, by SKU; missing items are skipped."""
        return {item.sku: item for item in self.by_keys(map(item_key, skus))}

    def by_keys(self, keys: Iterable[str]) -> list[Item]:
        """Return the items of these keys; missing items are skipped."""
        documents = self._files.find_all([self._path(key) for key in keys])
        return [Item.model_validate_json(row) for row in documents if row is not None]

    def put(self, item: Item) -> None:
        """Write an item's document; its images must exist already."""
        self._files.write(self._path(item_key(item.sku)), item.model_dump_json().encode())

    def put_all(self, items: Iterable[Item]) -> None:
        """Write many documents."""
        self._files.write_all(
            (self._path(item_key(item.sku)), item.model_dump_json().encode()) for item in items
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

    def remove(self, sku: str) -> None:
        """Delete an item's document; `delete_unused_images` then deletes its images."""
        self._files.delete(self._path(item_key(sku)))

    def delete_unused_images(self, sku: str) -> None:
        """Delete the images of an item that its document, if it exists, does not name."""
        key = item_key(sku)
        used = {image.file for item in self.by_keys([key]) for image in item.images}
        for name in self._files.list_names(f"{self._folder}/{key[:2]}"):
            if name.startswith(f"{key}-") and name not in used:
                self._files.delete(self._image_path(name))

    def page(
        self, *, cursor: str | None = None, limit: int = 50, where: Filter | None = None
    ) -> tuple[list[Item], str | None]:
        """Return items that match the filter, and the cursor of the next page, if there is one."""
        page: list[Item] = []
        keys = self.keys(after=cursor or "")
        while batch := list(islice(keys, limit - len(page))):
            items = self.by_keys(batch)  # skips items removed since the listing
            page += [item for item in items if where is None or where.matches(item.attributes)]
        is_last = len(page) < limit or next(keys, None) is None
        return page, None if is_last else item_key(page[-1].sku)

    def keys(self, *, after: str = "") -> Iterator[str]:
        """Yield the keys of all documents after a key, sorted."""
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

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key[:2]}/{key}.json"

    def _image_path(self, name: str) -> str:
        return f"{self._folder}/{name[:2]}/{name}"


def image_file(sku: str, sha256: str) -> str:
    """Return the file name of an image."""
    return f"{item_key(sku)}-{sha256[:32]}.img"


def item_key(sku: str) -> str:
    """Return the name of an item's files: a hash, because a SKU may be too long for a file name."""
    return hashlib.sha256(sku.encode()).hexdigest()[:32]
