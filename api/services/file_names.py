"""The field and the file name of a form part, as browsers and HTTP libraries write them."""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote_to_bytes

from python_multipart.multipart import parse_options_header
from starlette import formparsers

MAX_LENGTH = 255
_PARAMETER = re.compile(r';\s*([^=;\s]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;]*)', re.DOTALL)
_ENCODED_WORDS = re.compile(r"\s*(=\?[^?\s]+\?[bq]\?[^?]*\?=\s*)+", re.IGNORECASE)
_BROWSER_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}


@dataclass(frozen=True)
class PartName:
    """The name of a form field, and the base name of its file, which is None for a text field."""

    field: str
    file: str | None


def parse_disposition(header: bytes | None) -> PartName:
    """Parse the header Content-Disposition of a part.

    The file name may be in `filename` (with the escapes of browsers, or with the encoded words of
    RFC 2047) or in `filename*` (RFC 5987), which takes precedence. Folders in the file name are
    dropped.
    """
    _, options = parse_options_header(header)
    field = options.get(b"name", b"").decode("utf-8", "replace")
    name = _extended_name((header or b"").decode("latin-1"))
    if name is None and (plain := options.get(b"filename")) is not None:
        name = _plain_name(plain)
    return PartName(field, None if name is None else base_name(name))


def _extended_name(header: str) -> str | None:
    """Return the value of `filename*`, like `UTF-8''Gr%C3%B6%C3%9Fe.jpg`; None if it is invalid."""
    for name, value in _PARAMETER.findall(header):
        if name.lower() == "filename*" and value.count("'") >= 2:
            charset, _, text = value.strip().strip('"').split("'", 2)
            try:
                return unquote_to_bytes(text).decode(charset)
            except (LookupError, ValueError):
                return None
    return None


def _plain_name(name: bytes) -> str:
    text = _decode(name)
    if _ENCODED_WORDS.fullmatch(text):
        try:
            return str(make_header(decode_header(text)))
        except (LookupError, ValueError, HeaderParseError):
            return text
    for escape, character in _BROWSER_ESCAPES.items():
        text = text.replace(escape, character).replace(escape.lower(), character)
    return text


def _decode(name: bytes) -> str:
    """Decode as UTF-8, or else as Windows-1252, which old clients on Windows send."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("latin-1")


def base_name(name: str) -> str:
    """Return a file name without its folders, cut to a length that file systems allow."""
    return name.replace("\\", "/").rpartition("/")[2][:MAX_LENGTH] or "unnamed"


def _add_file_name(value: str | bytes | None) -> tuple[bytes, dict[bytes, bytes]]:
    kind, options = parse_options_header(value)
    if isinstance(value, bytes) and b"filename" not in options:
        name = parse_disposition(value).file
        options |= {} if name is None else {b"filename": name.encode()}
    return kind, options


# Starlette takes a part with only `filename*` for text
formparsers.parse_options_header = _add_file_name  # type: ignore[attr-defined]
