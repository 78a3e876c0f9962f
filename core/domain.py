"""Types and rules that all packages share: names, attributes, matches, encoder identities."""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput

Attributes = dict[str, Any]

MAIN_VIEW = "main"
SKU_LENGTH = 128
MAX_ATTRIBUTE_BYTES = 16_384
MAX_ATTRIBUTE_DEPTH = 32
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_COLLECTION = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Match:
    """An image found by similarity; `score` is the cosine in [0, 1], and 1 for the same image."""

    sku: str
    view: str
    score: float


@dataclass(frozen=True)
class EncoderIdentity:
    """The origin of a vector: only vectors with equal encoder identities are comparable."""

    name: str
    dim: int
    weights: str = ""  # SHA-256 of the weights file
    preprocessing: str = "1"


def check_collection_name(name: str) -> str:
    """Return the name.

    Raises:
        InvalidInput: the name is not 1 to 63 characters of a-z, 0-9, _, -, or starts with _ or -.
    """
    if not _COLLECTION.fullmatch(name):
        raise InvalidInput(
            f"collection name {name[:80]!r}: use 1 to 63 characters of a-z, 0-9, '_' and '-', "
            "and start with a letter or a digit"
        )
    return name


def check_sku(sku: str) -> str:
    """Return the SKU, stripped and in Unicode's NFC form.

    Raises:
        InvalidInput: the SKU does not have 1 to 128 printable characters, or contains '/'.
    """
    return _check_label("SKU", sku)


def check_view(view: str) -> str:
    """Return the view, normalised and checked like a SKU."""
    return _check_label("view", view)


def check_attributes(attributes: Attributes) -> Attributes:
    """Return the attributes.

    Raises:
        InvalidInput: the attributes are too large, nested too deeply, or not valid JSON (infinity,
            half of a surrogate pair); they would break every response with their item.
    """
    _check_depth(attributes, MAX_ATTRIBUTE_DEPTH)
    try:
        size = len(json.dumps(attributes, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError as exc:
        raise InvalidInput("attributes: a string contains half of a surrogate pair") from exc
    except ValueError as exc:
        raise InvalidInput("attributes: a number is infinite or NaN") from exc
    if size > MAX_ATTRIBUTE_BYTES:
        raise InvalidInput(
            f"the attributes take up {size:,} bytes; the limit is {MAX_ATTRIBUTE_BYTES:,}"
        )
    return attributes


def hash_email(name: str) -> str:
    """Return the MD5 digest of an e-mail address, stripped and in lower case, as in `md5email`.

    Any other name is returned unchanged.
    """
    if "@" not in name or not _ADDRESS.fullmatch(name.strip()):
        return name
    return hashlib.md5(name.strip().lower().encode(), usedforsecurity=False).hexdigest()


def _check_label(word: str, text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(text) <= SKU_LENGTH or not text.isprintable() or "/" in text:
        raise InvalidInput(
            f"{word} {text[:80]!r}: use 1 to {SKU_LENGTH} printable characters without '/'"
        )
    return text


def _check_depth(value: object, levels: int) -> None:
    if not isinstance(value, dict | list):
        return
    if levels == 0:
        raise InvalidInput(f"the attributes are nested more than {MAX_ATTRIBUTE_DEPTH} levels deep")
    for child in value.values() if isinstance(value, dict) else value:
        _check_depth(child, levels - 1)
