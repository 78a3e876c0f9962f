"""The columns of a manifest that name images by URL, as exports of shops have them.

Shops call them `image`, `Image Src`, `Images`, `image_link`, `additional_image_link` or `image_2`.
A cell may have several URLs, separated by commas, semicolons, vertical bars or white space.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import InvalidInput

_NAME = re.compile(r"(additional)?images?(url|link|src)?s?\d{0,2}")
_URL = re.compile(r"https?://", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s,;|]+(?=https?://)", re.IGNORECASE)
_FILE_NAME = re.compile(r"[^/\s]+\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic)", re.IGNORECASE)


@dataclass
class ImageColumns:
    """The columns that are named like images."""

    urls: list[str] = field(default_factory=list)
    """Columns with at least one URL, in the order in which they occur."""
    files: list[str] = field(default_factory=list)
    """Columns with file names and no URL, which are attributes."""


def find_image_columns(rows: Iterable[Mapping[str, Any]]) -> ImageColumns:
    """Return those columns of a table that are named like images; their values decide the kind."""
    columns: dict[str, list[str]] = {}
    for row in rows:
        for name, value in row.items():
            if _is_image_name(name):
                columns.setdefault(name, []).extend(_texts(value))
    urls = [name for name, texts in columns.items() if any(map(_URL.match, texts))]
    files = [name for name, texts in columns.items() if any(map(_FILE_NAME.fullmatch, texts))]
    return ImageColumns(urls, [name for name in files if name not in urls])


def name_notes(table: str, columns: ImageColumns) -> list[str]:
    """Return what was assumed about columns that name files instead of URLs."""
    return [
        f"{table}: the column {name!r} has no http(s) URLs and became an attribute; if it names "
        "files of the upload, call the column file."
        for name in columns.files
    ]


def urls_in(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """Return the URLs in a row, without duplicates.

    Raises:
        InvalidInput: a value is not a URL.
    """
    urls = []
    for column in columns:
        for text in _texts(row.get(column)):
            if not _URL.match(text):
                raise InvalidInput(
                    f"the column {column!r} names images by URL, but {text[:100]!r} is not a URL "
                    "that starts with http:// or https://"
                )
            urls.append(text)
    return list(dict.fromkeys(urls))


def _is_image_name(name: str) -> bool:
    return bool(_NAME.fullmatch(re.sub(r"[\s_-]", "", name.lower())))


def _texts(value: Any) -> list[str]:
    """Return the URLs or other texts of a cell."""
    values = value if isinstance(value, list) else [value]
    texts = [text for cell in values if cell is not None for text in _SEPARATOR.split(str(cell))]
    return [text for text in (text.strip(" \t\r\n,;|") for text in texts) if text]
