"""Recognises names that stand for no customer: missing values, guests, and digests of either."""

import hashlib
from collections.abc import Iterator
from itertools import product

from core.tables.cells import MISSING, is_missing

_GUESTS = {
    "guest", "guests", "guest checkout", "guest user", "guest customer", "anonymous", "anon",
    "unknown", "not logged in", "no email", "0", "-1", "0.0", "gast", "gastbestellung", "anonym",
    "unbekannt", "invité", "anonyme", "inconnu", "invitado", "anónimo", "ospite", "anonimo",
    "00000000-0000-0000-0000-000000000000",
}  # fmt: skip


def is_no_customer(text: str) -> bool:
    """Return whether a stripped name stands for no customer, or is the digest of such a name."""
    name = text.casefold()
    return is_missing(text) or name in _GUESTS or name in _DIGESTS


def _digests() -> Iterator[str]:
    texts = {" ", *MISSING, *_GUESTS}
    spellings = {form for text in texts for form in (text, text.upper(), text.title())}
    for name, text in product(("md5", "sha1", "sha256"), spellings):
        yield hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


_DIGESTS = frozenset(_digests())
"""Hexadecimal digests of texts without a customer, which shops write for orders of guests."""
