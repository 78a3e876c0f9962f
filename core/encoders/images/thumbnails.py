"""Thumbnails: small copies of images for display."""

from io import BytesIO

from core.encoders.images.decoding import (
    apply_exif_rotation,
    decoding_errors,
    is_jpeg,
    open_whole_image,
)
from core.encoders.images.shrinking import shrink

VERSION = 1
"""Raise it whenever an image gets another thumbnail than before, since thumbnails are stored."""
_QUALITY = 85


def thumbnail(data: bytes, size: int, max_megapixels: int) -> bytes:
    """Return a JPEG of the upright image without metadata, at most `size` pixels wide and high.

    Raises:
        UnsupportedMediaType, UnreadableImage, TooLarge: see `preprocessing.decode_image`.
    """
    with decoding_errors():
        image = open_whole_image(data, max_megapixels)
        if is_jpeg(image):
            image.draft(None, _fit(image.size, 2 * size))
        image = apply_exif_rotation(image)
        image = shrink(image, (0, 0, *image.size), _fit(image.size, size))
        file = BytesIO()
        image.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the size of a copy of an image that is at most `side` pixels wide and high."""
    scale = min(1.0, side / max(size))
    width, height = (max(1, round(length * scale)) for length in size)
    return width, height
