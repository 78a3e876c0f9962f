"""Thumbnails: small copies of images for display."""

from io import BytesIO

from PIL import Image

from core.encoders.images.decoding import (
    apply_exif_rotation,
    decoding_errors,
    flatten_alpha,
    is_jpeg,
    open_image,
)

_QUALITY = 85


def thumbnail(data: bytes, size: int, max_megapixels: int) -> bytes:
    """Return a JPEG of the upright image without metadata, at most `size` pixels wide and high.

    Raises:
        UnsupportedMediaType, UnreadableImage, TooLarge: see `preprocessing.decode_image`.
    """
    with decoding_errors():
        image = open_image(data, max_megapixels)
        if is_jpeg(image):
            image.draft(None, (2 * size, 2 * size))
        image = flatten_alpha(apply_exif_rotation(image))
        image.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0)
        file = BytesIO()
        image.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()
