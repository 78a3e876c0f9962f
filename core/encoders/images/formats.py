"""The accepted image formats, recognised by the first bytes of a file."""

from core.errors import UnreadableImage, UnsupportedMediaType
from core.file_types import describe_file, iso_brand

FORMATS = ("JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC")
SUPPORTED = f"supported formats are {', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
_HEAD_BYTES = 512
_PLUGINS = {
    b"\xff\xd8": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM": "BMP",
}


def pillow_format(data: bytes) -> str:
    """Return the name of the Pillow plugin for an image file.

    Raises:
        UnsupportedMediaType: the file is of another type, which the error names.
        UnreadableImage: the type of the file is unknown.
    """
    plugin = next((name for magic, name in _PLUGINS.items() if data.startswith(magic)), None)
    if data[8:12] == b"WEBP":
        plugin = "WEBP"
    if iso_brand(data[:_HEAD_BYTES]) in {"AVIF", "HEIF"}:
        plugin = iso_brand(data[:_HEAD_BYTES])
    if plugin:
        return plugin
    if not data:
        raise UnreadableImage(f"the file is empty; {SUPPORTED}")
    if what := describe_file(data[:_HEAD_BYTES]):
        raise UnsupportedMediaType(f"this is {what}; {SUPPORTED}")
    raise UnreadableImage(f"this is not an image; {SUPPORTED}")
