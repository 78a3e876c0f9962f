"""An image of an upload, and the reading of its bytes."""

import zlib
from typing import BinaryIO

from core.archives.members import ArchiveMember
from core.domain import Attributes, Availability
from core.errors import InvalidInput, TooLarge, UnreadableImage
from core.records import Record


class PlannedImage(Record):
    """An image of an upload: the position of its bytes, its item and its view."""

    file: str
    sku: str
    view: str
    attributes: Attributes | None = None
    availability: Availability | None = None
    """The availability that the manifest gives the item."""
    replace: bool = False
    """Whether the item keeps only the views of this upload."""
    blob: str = "pack"
    """The file of the upload that contains the bytes; empty for a URL, and without an image."""
    url: str = ""
    """Where the image is downloaded from, if it is not in the upload."""
    offset: int = 0
    size: int = 0
    compressed_size: int | None = None
    """Length of the deflated bytes; None if they are stored."""
    crc: int | None = None
    spares: tuple["PlannedImage", ...] = ()
    """Further files for the same view of the item; the first that is usable is taken."""

    @property
    def has_image(self) -> bool:
        """Whether there is an image, not only attributes of an item that must exist."""
        return bool(self.blob or self.url)

    @property
    def candidates(self) -> tuple["PlannedImage", ...]:
        """This image and its spares, all with the same attributes."""
        values = {"attributes": self.attributes}
        return (self, *(spare.model_copy(update=values) for spare in self.spares))

    def taken_by(self, other: "PlannedImage") -> InvalidInput:
        """Return the error of an image whose view another image of the upload has taken."""
        return InvalidInput(
            f"view {self.view!r} of SKU {self.sku!r} is already taken by "
            f"{other.url or other.file}; rename one"
        )


def read_planned_image(
    blob: BinaryIO, image: PlannedImage | ArchiveMember, *, max_bytes: int
) -> bytes:
    """Read the bytes of an image, or of another file in an archive, from an open blob.

    Raises:
        TooLarge: the image has, or unpacks to, more than `max_bytes`.
        UnreadableImage: the image is damaged in the archive.
    """
    if image.size > max_bytes:
        raise TooLarge(f"the file is {image.size:,} bytes long; the limit is {max_bytes:,}")
    blob.seek(image.offset)
    if image.compressed_size is None:
        data = blob.read(image.size)
    else:
        data = _inflate(blob.read(min(image.compressed_size, max_bytes)), max_bytes)
    if len(data) != image.size or (image.crc is not None and zlib.crc32(data) != image.crc):
        raise UnreadableImage(
            "this file is damaged in the archive (wrong length or checksum); pack the file again"
        )
    return data


def _inflate(compressed: bytes, max_bytes: int) -> bytes:
    try:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(compressed, max_bytes + 1)
    except zlib.error as exc:
        raise UnreadableImage(
            f"this file is damaged in the archive ({exc}); pack the file again"
        ) from exc
    if len(data) > max_bytes:
        raise TooLarge(f"the file unpacks to more than {max_bytes:,} bytes; make the file smaller")
    return data
