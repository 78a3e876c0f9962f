"""Items of one collection: a small JSON document each, beside the pictures it names.

Documents lie in 256 folders by the hash of their sku; a page is read in the order of that hash.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from pydantic import BaseModel, ConfigDict

from core.domain import Attributes
from core.errors import NotFound
from core.filters.parse import Filter
from core.storage.files import Files


class ItemImage(BaseModel):
    """One picture of an item; `file` is its name beside the item's document."""

    model_config = ConfigDict(frozen=True)

    view: str
    file: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int


class Item(BaseModel):
    """Something sold, named by its sku."""

    model_config = ConfigDict(frozen=True)

    sku: str
    attributes: Attributes = {}
    images: tuple[ItemImage, ...] = ()
    created_at: datetime
    updated_at: datetime

    def touched(self, *, attributes: Attributes) -> "Item":
        """The item with other attributes, changed now."""
        now = datetime.now(UTC)
        return self.model_copy(update={"attributes": attributes, "updated_at": now})

    def image(self, view: str | None = None) -> ItemImage:
        """The picture of a view, or the first.

        Raises:
            NotFound: no such view.
        """
        for image in self.images:
            if view is None or image.view == view:
                return image
        raise NotFound(f"item {self.sku!r} has no view {view!r}")


class Items:
    """The items below one folder. Callers hold the collection's lock while they change them."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/items"

    def get(self, sku: str) -> Item:
        """One item.

        Raises:
            NotFound: there is none of that sku.
        """
        try:
            return self._read(item_key(sku))
        except NotFound as exc:
            raise NotFound(f"item {sku[:128]!r} does not exist in this collection") from exc

    def find(self, skus: Iterable[str]) -> dict[str, Item]:
        """Those of the skus that exist."""
        wanted = list(skus)
        documents = self._documents(item_key(sku) for sku in wanted)
        rows = zip(wanted, documents, strict=True)
        return {sku: _parsed(document) for sku, document in rows if document is not None}

    def by_keys(self, keys: Iterable[str]) -> list[Item]:
        """The items of those keys that exist."""
        documents = self._documents(keys)
        return [_parsed(document) for document in documents if document is not None]

    def put(self, item: Item) -> None:
        """Write an item's document; its pictures are there already."""
        self._files.write(self._path(item_key(item.sku)), item.model_dump_json().encode())

    def put_all(self, items: Iterable[Item]) -> None:
        """Write many documents."""
        self._files.write_all(
            (self._path(item_key(item.sku)), item.model_dump_json().encode()) for item in items
        )

    def put_pictures(self, pictures: Iterable[tuple[str, bytes]]) -> None:
        """Write pictures, each under its name by `picture_file`."""
        self._files.write_all(
            (f"{self._folder}/{name[:2]}/{name}", data) for name, data in pictures
        )

    def picture(self, image: ItemImage) -> bytes:
        """The bytes of a picture, as they were uploaded."""
        return self._files.read(f"{self._folder}/{image.file[:2]}/{image.file}")

    def drop_picture(self, image: ItemImage) -> None:
        """Remove a picture that no document names any more."""
        self._files.delete(f"{self._folder}/{image.file[:2]}/{image.file}")

    def remove(self, sku: str) -> None:
        """Remove an item's document: the item is gone. Its pictures are left to `sweep`."""
        self._files.delete(self._path(item_key(sku)))

    def sweep(self, sku: str) -> None:
        """Remove pictures that the item's document, if there is one, does not name."""
        key = item_key(sku)
        kept = {image.file for item in self.find([sku]).values() for image in item.images}
        folder = f"{self._folder}/{key[:2]}"
        for name in self._files.names(folder):
            if name.startswith(f"{key}-") and name not in kept:
                self._files.delete(f"{folder}/{name}")

    def page(
        self, *, cursor: str | None = None, limit: int = 50, where: Filter | None = None
    ) -> tuple[list[Item], str | None]:
        """Items that the filter lets through, and the cursor of the next page if there is one."""
        found: list[Item] = []
        keys = self.keys(after=cursor or "")
        while batch := list(islice(keys, limit - len(found))):
            items = self.by_keys(batch)  # without those removed since they were listed
            found += [item for item in items if where is None or where.matches(item.attributes)]
        is_last = len(found) < limit or next(keys, None) is None
        return found, None if is_last else item_key(found[-1].sku)

    def keys(self, *, after: str = "") -> Iterator[str]:
        """Keys of all documents beyond one, in order."""
        last = f"{after[:2]}/{after}.json" if after else ""
        for path in self._files.walk(self._folder, after=last):
            if path.endswith(".json"):
                yield path[3:-5]

    def files(self) -> set[str]:
        """The names of all documents and pictures."""
        return {path[3:] for path in self._files.tree(self._folder)}

    def has_picture(self, image: ItemImage) -> bool:
        """Whether the file of a picture is there."""
        return self._files.exists(f"{self._folder}/{image.file[:2]}/{image.file}")

    def count(self) -> Mapping[str, int]:
        """How many items and pictures there are."""
        names = self.files()
        items = sum(name.endswith(".json") for name in names)
        return {"items": items, "images": len(names) - items}

    def _documents(self, keys: Iterable[str]) -> Iterator[bytes | None]:
        return self._files.find_all([self._path(key) for key in keys])

    def _read(self, key: str) -> Item:
        return _parsed(self._files.read(self._path(key)))

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key[:2]}/{key}.json"


def _parsed(document: bytes) -> Item:
    return Item.model_validate_json(document)


def picture_file(sku: str, sha256: str) -> str:
    """The name of a picture beside its item's document."""
    return f"{item_key(sku)}-{sha256[:32]}.img"


def item_key(sku: str) -> str:
    """The name of an item's files: a hash, since a sku can be longer than a file name may be."""
    return hashlib.sha256(sku.encode()).hexdigest()[:32]
