"""Opens untrusted image files: checks them before decoding, and applies the EXIF rotation.

Whatever the bytes are, the result is an image or a CoreError.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

# Given a list of formats, Pillow loads no plugins by itself; these register the accepted formats.
from PIL import (
    BmpImagePlugin,  # noqa: F401
    ExifTags,
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from core.errors import TooLarge, UnreadableImage, UnsupportedMediaType

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_SUPPORTED = f"supported formats are {', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
MIN_SIDE = 8
_MAX_SCANS = 100  # a hostile progressive JPEG has thousands, and each takes as long as an image

# `open_image` applies the limit of this server, which may exceed Pillow's.
Image.MAX_IMAGE_PIXELS = None

_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_UNSUPPORTED = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"<svg": "SVG",
    b"<?xml": "XML or SVG",
    b"\0\0\1\0": "icon",
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"\0\0\0\x0cJXL": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
}
# Pillow's parsers raise these errors on broken and hostile bytes.
_DECODING_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    EOFError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


@contextmanager
def decoding_errors() -> Iterator[None]:
    """Translate Pillow's errors inside the block into UnreadableImage or TooLarge."""
    try:
        yield
    except UnidentifiedImageError as exc:
        raise UnreadableImage(f"this is not an image; {_SUPPORTED}") from exc
    except MemoryError as exc:
        raise TooLarge(
            "there is not enough memory to decode this image; make the image smaller"
        ) from exc
    except _DECODING_ERRORS as exc:
        raise UnreadableImage(f"the image cannot be read: {exc}") from exc


def open_image(data: bytes, max_megapixels: int) -> Image.Image:
    """Open an image without decoding its pixels; use inside `decoding_errors`.

    Raises:
        UnsupportedMediaType: the file format is not supported.
        TooLarge: the image has more pixels than the limit.
        UnreadableImage: a side is shorter than 8 pixels, or a JPEG has too many scans.
    """
    _check_format(data)
    image = Image.open(BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > max_megapixels * 1_000_000:
        raise TooLarge(
            f"this image of {width} x {height} pixels exceeds the limit of "
            f"{max_megapixels} megapixels"
        )
    if min(width, height) < MIN_SIDE:
        raise UnreadableImage(
            f"this image of {width} x {height} pixels is too small; "
            f"width and height must each be at least {MIN_SIDE} pixels"
        )
    if is_jpeg(image) and data.count(b"\xff\xda") > _MAX_SCANS:
        raise UnreadableImage(
            f"this JPEG has more than {_MAX_SCANS} scans; save the image again with fewer scans"
        )
    return image


def is_jpeg(image: Image.Image) -> bool:
    """Return whether an image is a JPEG, or an MPO (from phones), which starts with a JPEG."""
    return image.format in {"JPEG", "MPO"}


def image_format(image: Image.Image) -> str:
    """Return the format of an image: one of `FORMATS`."""
    return "JPEG" if is_jpeg(image) else str(image.format)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return the width and height after the EXIF rotation, without decoding a JPEG."""
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def apply_exif_rotation(image: Image.Image) -> Image.Image:
    """Decode the image and rotate it according to its EXIF orientation."""
    image.load()
    rotation = _ROTATIONS.get(_orientation(image))
    return image if rotation is None else image.transpose(rotation)


def flatten_alpha(image: Image.Image) -> Image.Image:
    """Convert an image to mode L or RGB: reduce 16 bits to 8, blend transparency over white."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    if image.mode == "CMYK" and "adobe" not in image.info:
        # Pillow treats every CMYK JPEG as one of Adobe's, whose inks are inverted.
        image = image.point(lambda value: 255 - value)
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DECODING_ERRORS:
        return 1


def _check_format(data: bytes) -> None:
    start = data[:16].lstrip()
    name = next((name for magic, name in _UNSUPPORTED.items() if start.startswith(magic)), None)
    if data[4:8] == b"ftyp":
        name = "HEIC, AVIF or video"
    if name is not None:
        raise UnsupportedMediaType(f"this is a {name} file; {_SUPPORTED}")
