"""What customers are called in logs: a short hash under a secret of this store.

It tells whether two lines are of the same customer, not who that is: a plain digest could be
guessed from a list of addresses.
"""

import hmac
import secrets
import unicodedata

from core.storage.files import Files

_PATH = "secrets/pseudonyms"


class Pseudonyms:
    """The pseudonyms of a store; its secret is made at the first use."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._secret: bytes | None = None

    def of(self, user: str) -> str:
        """`~` and twelve hexadecimal digits; the same for the same user."""
        name = unicodedata.normalize("NFC", user).strip()
        digest = hmac.digest(self._key(), name.encode(errors="surrogatepass"), "sha256")
        return f"~{digest.hex()[:12]}"

    def _key(self) -> bytes:
        if self._secret is None:
            if self._files.find(_PATH) is None:
                self._files.create(_PATH, secrets.token_bytes(32))  # another may be first
            self._secret = self._files.read(_PATH)
        return self._secret
