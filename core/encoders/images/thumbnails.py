"""Small copies of pictures for people to look at."""

from io import BytesIO

from PIL import Image

from core.encoders.images.decoding import is_jpeg, opaque, opened, readable, upright

_QUALITY = 85


def thumbnail(data: bytes, size: int, max_megapixels: int) -> bytes:
    """A JPEG of the upright picture, its longer side at most `size` pixels; holds no metadata.

    Raises:
        UnsupportedMedia, UnreadableImage, TooLarge: as `pixels.decode`.
    """
    with readable():
        picture = opened(data, max_megapixels)
        if is_jpeg(picture):
            picture.draft(None, (2 * size, 2 * size))
        picture = opaque(upright(picture))
        picture.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0)
        file = BytesIO()
        picture.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()
