"""Opens untrusted image files: checks them before decoding, and applies the EXIF rotation.

Whatever the bytes are, the result is an image or a CoreError.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import islice

# Given a list of formats, Pillow loads no plugins by itself; these register the accepted formats.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,  # noqa: F401
    ExifTags,
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)
from pillow_heif import options, register_heif_opener

from core.encoders.images.formats import SUPPORTED, pillow_format
from core.encoders.images.jpeg import with_end
from core.encoders.images.png import without_metadata
from core.errors import TooLarge, UnreadableImage, UnsupportedMediaType

MIN_SIDE = 8
_MAX_SCANS = 100  # a hostile progressive JPEG has thousands, and each takes as long as an image
_SCAN = re.compile(rb"\xff\xda")  # found twice as fast as by `bytes.count`
_TILE_TAGS = (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH)

# `open_image` applies the limit of this server, which may exceed Pillow's.
Image.MAX_IMAGE_PIXELS = None
# Workers decode in threads of their own.
AvifImagePlugin.DEFAULT_MAX_THREADS = options.DECODE_THREADS = 1
register_heif_opener(thumbnails=False)

_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
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
        raise UnreadableImage(
            f"this is not an image, or its beginning is damaged; {SUPPORTED}"
        ) from exc
    except MemoryError as exc:
        raise TooLarge("there is not enough memory to decode this image; make it smaller") from exc
    except _DECODING_ERRORS as exc:
        raise UnreadableImage(f"the image cannot be read: {exc}") from exc


def open_image(data: bytes, max_megapixels: int) -> Image.Image:
    """Open an image without decoding its pixels; use inside `decoding_errors`.

    Raises:
        UnsupportedMediaType: the file format is not supported.
        TooLarge: the image has more pixels than the limit.
        UnreadableImage: a side is shorter than 8 pixels, or a JPEG has too many scans.
    """
    plugin = pillow_format(data)
    if plugin == "PNG":
        data = without_metadata(data)
    image = Image.open(BytesIO(data), formats=(plugin,))
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _check_tiff(image, max_megapixels)
    _check_size(*image.size, max_megapixels)
    if is_jpeg(image) and any(islice(_SCAN.finditer(data), _MAX_SCANS, None)):
        raise UnreadableImage(f"this JPEG has more than {_MAX_SCANS} scans; save it again")
    return image


def open_whole_image(data: bytes, max_megapixels: int) -> Image.Image:
    """Open an image like `open_image`, but first add the end marker if a JPEG file lacks it."""
    image = open_image(data, max_megapixels)
    if is_jpeg(image) and (whole := with_end(data)) is not data:
        return open_image(whole, max_megapixels)
    return image


def is_jpeg(image: Image.Image) -> bool:
    """Return whether an image is a JPEG, or an MPO (from phones), which starts with a JPEG."""
    return isinstance(image, JpegImagePlugin.JpegImageFile)


def image_format(image: Image.Image) -> str:
    """Return the format of an image: the upper-case name of one of `formats.FORMATS`."""
    if is_jpeg(image):
        return "JPEG"
    return "HEIC" if image.format == "HEIF" else str(image.format)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return the width and height after the EXIF rotation, without decoding the image."""
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def apply_exif_rotation(image: Image.Image) -> Image.Image:
    """Decode the image and rotate it according to its EXIF orientation."""
    orientation = _orientation(image)
    image.load()
    rotation = _ROTATIONS.get(orientation)
    return image if rotation is None else image.transpose(rotation)


def _check_size(width: int, height: int, max_megapixels: int) -> None:
    if width * height > max_megapixels * 1_000_000:
        raise TooLarge(
            f"this image of {width} x {height} pixels exceeds the limit of "
            f"{max_megapixels} megapixels"
        )
    if min(width, height) < MIN_SIDE:
        raise UnreadableImage(
            f"this image of {width} x {height} pixels is too small; "
            f"both sides must have at least {MIN_SIDE} pixels"
        )


def _check_tiff(image: TiffImagePlugin.TiffImageFile, max_megapixels: int) -> None:
    tile_width, tile_height = (int(image.tag_v2.get(tag, 0)) for tag in _TILE_TAGS)
    if tile_width * tile_height > max_megapixels * 1_000_000:  # memory is allocated for it
        raise TooLarge(
            f"this TIFF has tiles of {tile_width} x {tile_height} pixels; save it with smaller "
            "tiles"
        )
    is_inverted = image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0
    if is_inverted and image.mode.startswith("I"):  # Pillow does not invert 16 bits
        raise UnsupportedMediaType(
            "this TIFF is a 16-bit image with an inverted grey scale (white is 0); save it with "
            "8 bits per pixel"
        )


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation from 1 to 8, without decoding the image.

    Pillow's `getexif` decodes a PNG; unlike browsers, it also takes the orientation from XMP data.
    """
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        orientation = int(exif.get(ExifTags.Base.Orientation, 1))
    except _DECODING_ERRORS:
        return 1
    return orientation if orientation in _ROTATIONS else 1
