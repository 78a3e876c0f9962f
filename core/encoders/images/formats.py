"""The accepted image formats, and their Pillow plugins."""

from core.errors import UnreadableImage, UnsupportedMediaType
from core.file_types import describe_file

FORMATS = ("JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC")
SUPPORTED = f"supported formats are {', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
_HEAD_BYTES = 512
_PLUGINS = {
    "a JPEG image": "JPEG",
    "a PNG image": "PNG",
    "a WebP image": "WEBP",
    "a GIF image": "GIF",
    "a BMP image": "BMP",
    "a TIFF image": "TIFF",
    "an AVIF image": "AVIF",
    "a HEIC image": "HEIF",
}


def pillow_format(data: bytes) -> str:
    """Return the name of the Pillow plugin for an image file.

    Raises:
        UnsupportedMediaType: the file is of another type, which the error names.
        UnreadableImage: the type of the file is unknown.
    """
    if not data:
        raise UnreadableImage(f"the file is empty; {SUPPORTED}")
    what = describe_file(data[:_HEAD_BYTES])
    if what in _PLUGINS:
        return _PLUGINS[what]
    if what:
        raise UnsupportedMediaType(f"this is {what}; {SUPPORTED}")
    raise UnreadableImage(f"this is not an image; {SUPPORTED}")
