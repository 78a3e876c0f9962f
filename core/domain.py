"""Types and rules that all packages share: names, attributes, matches, encoder identities."""

import hashlib
import re
import unicodedata
from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput

Attributes = dict[str, Any]

MAIN_VIEW = "main"
SKU_LENGTH = 128
SEEN_COLOUR = "seen_colour"
"""The attribute that lists the colours seen in an item's images; nobody else can set it."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_DIGEST = re.compile(r"(?:0x|\\x)?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})", re.ASCII | re.I)
_BASE64_MD5 = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")
_ORIGIN = re.compile(r"https?://[\w.-]+(:\d{1,5})?")
_COLLECTION = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_UNSAFE_SEGMENTS = frozenset({"", ".", ".."})
_RESOURCES = frozenset({"bought-together", "image", "recommendations", "similar", "substitutes"})
_USER_RESOURCES = _RESOURCES | {"orders"}


class Availability(StrEnum):
    """Whether an item can be bought, and whether it is shown at all."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    """Left out of lists unless a request asks for such items."""
    HIDDEN = "hidden"
    """Shown nowhere."""


def parse_availability(value: object) -> Availability:
    """Return an availability, however it is spelled: `Out of stock` is `out_of_stock`.

    Raises:
        InvalidInput: there is no such availability.
    """
    text = value if isinstance(value, str) else ""
    try:
        return Availability(text.strip().lower().replace(" ", "_").replace("-", "_"))
    except ValueError as exc:
        known = ", ".join(Availability)
        raise InvalidInput(f"availability {str(value)[:80]!r} is unknown; known: {known}") from exc


class ImageProblem(StrEnum):
    """What can be wrong with an image of a product."""

    BLURRED = "blurred"
    """Without a sharp edge, even when shown as small as the encoder sees it."""
    TINY = "tiny"
    """The shorter side has few pixels."""
    DARK = "dark"
    PLACEHOLDER = "placeholder"
    """Almost all of one colour."""
    FRAMED = "framed"
    """With bands of one colour on two opposite sides, which end in straight edges."""
    TEXT_ONLY = "text_only"
    """Nothing but text, such as "no image available"."""
    REPEATED = "repeated"
    """The same file is an image of many items."""


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
    recipe: str = "network-1"
    """How the parts of a vector are made and weighted; see `core.encoders.recipes.layout`."""
    statistics: str = ""
    """SHA-256 of what the recipe learned from the images of a collection; "" if nothing."""
    colour_weight: float | None = None
    """The weight of colour that was chosen for the collection; None: that of the recipe."""

    def has_network_of(self, other: "EncoderIdentity") -> bool:
        """Return whether both have the same network; recipe and preprocessing may differ."""
        return (self.name, self.weights) == (other.name, other.weights)


def check_collection_name(name: str) -> str:
    """Return the name.

    Raises:
        InvalidInput: the name is not 1 to 63 characters from a-z, 0-9, _, -; or starts with _ or -.
    """
    if not _COLLECTION.fullmatch(name):
        raise InvalidInput(
            f"collection name {name[:80]!r}: use 1 to 63 characters from a-z, 0-9, '_' and '-', "
            "and start with a letter or a digit"
        )
    return name


def check_origin(text: str) -> str:
    """Return the origin of a web site.

    Raises:
        InvalidInput: the text is not a scheme, a host and perhaps a port.
    """
    if not _ORIGIN.fullmatch(text):
        raise InvalidInput(
            f"{text[:80]!r} is not the address of a web site; write only https:// and the host "
            "name, like https://shop.example (`*` is not allowed)"
        )
    return text


def check_sku(sku: str) -> str:
    """Return the SKU, stripped and in Unicode's NFC form.

    Raises:
        InvalidInput: the SKU does not have 1 to 128 printable characters, or is unsafe in a URL.
    """
    return check_url_path("SKU", _check_label("SKU", sku))


def normalize_label(text: str) -> str:
    """Return a name in the form in which it is stored: stripped, and in Unicode's NFC form."""
    return unicodedata.normalize("NFC", text).strip()


def check_user(user: str) -> str:
    """Return the name of a user, normalised and checked like a SKU."""
    return check_url_path("user", _check_label("user", user), reserved=_USER_RESOURCES)


def check_view(view: str) -> str:
    """Return the view, normalised and checked like a SKU; it must not contain '/'."""
    view = _check_label("view", view)
    if "/" in view:
        raise InvalidInput(f"view {view!r}: a view must not contain '/'; leave it out")
    return check_url_path("view", view)


def check_url_path(word: str, name: str, *, reserved: frozenset[str] = _RESOURCES) -> str:
    """Return the name if, percent-encoded in a URL path, it cannot be taken for another name.

    Browsers and proxies resolve the segments `.` and `..`, and drop empty segments.

    Raises:
        InvalidInput: a segment of the name would be resolved or dropped, or the last of several is
            reserved: it names a resource, such as `image` in `/items/A/image`.
    """
    segments = name.split("/")
    if not _UNSAFE_SEGMENTS.isdisjoint(segments):
        raise InvalidInput(
            f"{word} {name!r}: a part between slashes must not be empty, '.' or '..', because "
            "browsers and proxies would then change the URL"
        )
    if len(segments) > 1 and segments[-1] in reserved:
        raise InvalidInput(
            f"{word} {name!r}: the part after the last slash must not be one of "
            f"{', '.join(sorted(reserved))}, which have a meaning in URLs of this server"
        )
    return name


def canonical_user(name: str) -> str:
    """Return the name under which a customer is stored.

    An e-mail address becomes the MD5 digest of its stripped, lower-case form, as in `md5email`. A
    digest in another notation (capitals, `0x...`, `\\x...`, an MD5 in base64) becomes lower-case
    hexadecimal. Any other name is returned unchanged.
    """
    if "@" in name and _ADDRESS.fullmatch(name.strip()):
        return hashlib.md5(name.strip().lower().encode(), usedforsecurity=False).hexdigest()
    if match := _DIGEST.fullmatch(name):
        return match[1].lower()
    return b64decode(name).hex() if _BASE64_MD5.fullmatch(name) else name


def _check_label(word: str, text: str) -> str:
    text = normalize_label(text)
    if not 1 <= len(text) <= SKU_LENGTH or not text.isprintable():
        raise InvalidInput(f"{word} {text[:80]!r}: use 1 to {SKU_LENGTH} printable characters")
    return text
