"""The door for other people's picture files: checked before they are decoded, turned upright.

Whatever the bytes, nothing leaves but a picture or a CoreError.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

# Pillow finds no format by itself when it is told which to try; these register the five we take.
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

from core.errors import TooLarge, UnreadableImage, UnsupportedMedia

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
SMALLEST_SIDE = 8
_MOST_SCANS = 100  # a hostile progressive JPEG has thousands, each as slow as a whole picture

# `opened` compares every picture with the limit of this server, which may be above Pillow's.
Image.MAX_IMAGE_PIXELS = None

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OTHER_KINDS = {
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
# What Pillow's parsers have been known to raise on broken and on hostile bytes.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)


@contextmanager
def readable() -> Iterator[None]:
    """Turns what Pillow raises inside the block into UnreadableImage or TooLarge."""
    try:
        yield
    except UnidentifiedImageError as exc:
        raise UnreadableImage(f"this is not a picture we can read; {_taken()}") from exc
    except MemoryError as exc:
        raise TooLarge("there is not enough memory to decode this picture") from exc
    except _BROKEN as exc:
        raise UnreadableImage(f"this picture cannot be read: {exc}") from exc


def opened(data: bytes, max_megapixels: int) -> Image.Image:
    """The picture with its header read and its pixels not yet decoded; use inside `readable`.

    Raises:
        UnsupportedMedia: a kind of file that is not taken.
        TooLarge: more pixels than the limit.
        UnreadableImage: a side shorter than 8 pixels, or a JPEG of too many scans.
    """
    _check_kind(data)
    picture = Image.open(BytesIO(data), formats=FORMATS)
    width, height = picture.size
    if width * height > max_megapixels * 1_000_000:
        raise TooLarge(
            f"this picture of {width} x {height} pixels is over the limit of "
            f"{max_megapixels} megapixels"
        )
    if min(width, height) < SMALLEST_SIDE:
        raise UnreadableImage(
            f"this picture of {width} x {height} pixels is too small; "
            f"both sides must have {SMALLEST_SIDE}"
        )
    if is_jpeg(picture) and data.count(b"\xff\xda") > _MOST_SCANS:
        raise UnreadableImage(f"this JPEG has more than {_MOST_SCANS} scans")
    return picture


def is_jpeg(picture: Image.Image) -> bool:
    """Whether it is a JPEG; many phones' are MPO, a JPEG with further pictures after it."""
    return picture.format in {"JPEG", "MPO"}


def format_of(picture: Image.Image) -> str:
    """JPEG, PNG, WEBP, GIF or BMP."""
    return "JPEG" if is_jpeg(picture) else str(picture.format)


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Width and height as the picture is meant to be seen; asks JPEGs without decoding them."""
    width, height = picture.size
    return (height, width) if _orientation(picture) >= 5 else (width, height)


def upright(picture: Image.Image) -> Image.Image:
    """The decoded picture, turned as its EXIF says."""
    picture.load()
    turn = _TURNS.get(_orientation(picture))
    return picture if turn is None else picture.transpose(turn)


def opaque(picture: Image.Image) -> Image.Image:
    """The picture in mode L or RGB: 16 bits cut to 8, transparent parts over white."""
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture)
        return white
    if picture.mode == "CMYK" and "adobe" not in picture.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, whose inks are inverted.
        picture = picture.point(lambda value: 255 - value)
    return picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except _BROKEN:
        return 1


def _check_kind(data: bytes) -> None:
    start = data[:16].lstrip()
    kind = next((name for magic, name in _OTHER_KINDS.items() if start.startswith(magic)), None)
    if data[4:8] == b"ftyp":
        kind = "HEIC, AVIF or video"
    if kind is not None:
        raise UnsupportedMedia(f"this is a {kind} file; {_taken()}")


def _taken() -> str:
    return f"taken are {', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
