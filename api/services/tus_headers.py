"""Headers of the tus protocol 1.0.0 for resumable uploads (https://tus.io/protocols)."""

import binascii
from base64 import b64decode
from email.utils import format_datetime

from core.errors import InvalidInput
from core.storage import UploadState

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
_KNOWN_METADATA = ("filename", "fingerprint")
_MAX_FINGERPRINT = 500


def parse_count(name: str, text: str) -> int:
    """Return the number of bytes that a header states.

    Raises:
        InvalidInput: the header is missing or is no such number.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise InvalidInput(f"header {name}: send a number of bytes, not {text[:80]!r}")
    return int(text)


def parse_metadata(header: str) -> dict[str, str]:
    """Return `filename` and `fingerprint` from pairs of a name and a text in Base64.

    Raises:
        InvalidInput: the header cannot be decoded, or a value is too long.
    """
    pairs = (pair.split() for pair in header.split(","))
    metadata = {pair[0]: _decode(*pair) for pair in pairs if pair and pair[0] in _KNOWN_METADATA}
    if len(metadata.get("fingerprint", "")) > _MAX_FINGERPRINT:
        raise InvalidInput(f"Upload-Metadata: use at most {_MAX_FINGERPRINT} characters")
    return metadata


def _decode(name: str, encoded: str = "", *rest: str) -> str:
    try:
        text = b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise InvalidInput(f"Upload-Metadata: {name} is not UTF-8 in Base64") from exc
    if rest:
        raise InvalidInput(f"Upload-Metadata: {name} has several values; give one, in Base64")
    return text


def state_headers(state: UploadState) -> dict[str, str]:
    """Return the headers that describe an upload."""
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(state.offset),
        "Upload-Length": str(state.upload.size),
        "Upload-Expires": format_datetime(state.expires_at, usegmt=True),
        "Cache-Control": "no-store",
    }
