"""An item: its images, its attributes, and which request last set each of them."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from core.domain import SEEN_COLOUR, Attributes, ImageProblem
from core.errors import NotFound
from core.records import Record


class ImageOrigin(Record):
    """The URL that an image was downloaded from, and how the server named this version of it."""

    url: str
    etag: str = ""
    last_modified: str = ""


class ItemImage(Record):
    """An image of an item; `file` names a file next to the item's document."""

    view: str
    file: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int
    origin: ImageOrigin | None = None
    problems: tuple[ImageProblem, ...] | None = None
    """What is wrong with the image; None if it was not assessed."""
    colours: tuple[str, ...] = ()
    """The names of the product's colours, the main one first."""


class Versions(Record):
    """The sequence numbers of the requests that last set the values of a mapping."""

    floor: int = 0
    """Number of the last request that replaced the whole mapping."""
    numbers: dict[str, int] = Field(default_factory=dict)
    """Numbers above the floor by name, also of removed values."""

    def of(self, name: str) -> int:
        """Return the sequence number of the last request to set, remove or replace this value."""
        return max(self.floor, self.numbers.get(name, 0))


class Item(Record):
    """A product, identified by its SKU."""

    sku: str
    attributes: Attributes = Field(default_factory=dict)
    images: tuple[ItemImage, ...] = ()
    created_at: datetime
    updated_at: datetime
    attribute_versions: Versions = Versions()
    view_versions: Versions = Versions()

    @property
    def key(self) -> str:
        """The name of the item's files."""
        return item_key(self.sku)

    @property
    def own_attributes(self) -> Attributes:
        """The attributes that requests have set, without those seen in the images."""
        return {name: value for name, value in self.attributes.items() if name != SEEN_COLOUR}

    def image(self, view: str | None = None) -> ItemImage:
        """Return the image of a view, or the first image.

        Raises:
            NotFound: the item has no such view, or no image.
        """
        if image := self.find_image(view):
            return image
        raise NotFound(f"item {self.sku!r} has no {f'view {view!r}' if view else 'image'}")

    def find_image(self, view: str | None = None) -> ItemImage | None:
        """Return the image of a view, or the first image; None if there is none."""
        return next((image for image in self.images if view in {None, image.view}), None)


def seen_attributes(images: Iterable[ItemImage]) -> Attributes:
    """Return the attributes that an item has because of its images: the first one's colours."""
    colours = next((image.colours for image in images if image.colours), ())
    return {SEEN_COLOUR: list(colours)} if colours else {}


def item_key(sku: str) -> str:
    """Return the name of an item's files: a hash, because a SKU may be too long for a file name."""
    return hashlib.sha256(sku.encode()).hexdigest()[:32]


def image_file(sku: str, sha256: str) -> str:
    """Return the file name of an image."""
    return f"{item_key(sku)}-{sha256[:32]}.img"
