"""Thumbnails: small copies of images for display."""

from io import BytesIO

from core.encoders.images.decoding import (
    apply_exif_rotation,
    decoding_errors,
    is_jpeg,
    open_whole_image,
)
from core.encoders.images.shrinking import shrink

_QUALITY = 85


def thumbnail(data: bytes, size: int, max_megapixels: int) -> bytes:
    """Return a JPEG of the upright image without metadata, at most `size` pixels wide and high.

    Raises:
        UnsupportedMediaType, UnreadableImage, TooLarge: see `preprocessing.decode_image`.
    """
    with decoding_errors():
        image = open_whole_image(data, max_megapixels)
        if is_jpeg(image):
            image.draft(None, (2 * size, 2 * size))
        image = apply_exif_rotation(image)
        scale = min(1.0, size / max(image.size))
        target = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = shrink(image, (0, 0, *image.size), target)
        file = BytesIO()
        image.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()
