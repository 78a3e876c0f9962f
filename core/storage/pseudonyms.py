"""Pseudonyms of users for logs and reports: hashes, keyed with a secret of this store.

A pseudonym shows whether two lines concern the same user, but not which user. If the hashes were
not keyed, anyone with a list of addresses could find out who the user is.
"""

import hmac
import unicodedata

from core.storage.backends import StorageBackend
from core.storage.store_secret import StoreSecret


class Pseudonyms:
    """The pseudonyms of a store; the secret is created on first use."""

    def __init__(self, files: StorageBackend) -> None:
        self._stored = StoreSecret(files, "pseudonyms")
        self._secret: bytes | None = None

    def pseudonym_of(self, user: str) -> str:
        """Return `~` and twelve hexadecimal digits, which are always the same for a user."""
        return f"~{self.digest_of(user)[:12]}"

    def digest_of(self, user: str) -> str:
        """Return 64 hexadecimal digits, which belong to this user only."""
        name = unicodedata.normalize("NFC", user).strip()
        return hmac.digest(self._key(), name.encode(errors="surrogatepass"), "sha256").hex()

    def _key(self) -> bytes:
        if self._secret is None:
            self._secret = self._stored.read()
        return self._secret
