"""Tokens with which a browser reads one customer's recommendations; a shop's server makes them.

A token is `EXPIRES.SIGNATURE`: a time in seconds since 1970, and the keyed hash (HMAC-SHA-256) of
the customer's ID, a line break and this time, as hexadecimal digits. Each storefront key has its
own secret for this, which is derived from a secret of the store.
"""

import hmac
import re
import time

from core.errors import Forbidden
from core.storage.backends import StorageBackend
from core.storage.store_secret import StoreSecret

MAX_VALIDITY_S = 86_400
_TOKEN = re.compile(r"(\d{1,12})\.([0-9a-f]{64})", re.ASCII)
_HOW = "send the header `User-Token: EXPIRES.SIGNATURE`, which your shop's server makes"


class UserTokens:
    """Checks the tokens of a store's storefront keys."""

    def __init__(self, files: StorageBackend) -> None:
        self._secret = StoreSecret(files, "user-tokens")
        self._known: bytes | None = None

    def secret_of(self, key_id: str) -> str:
        """Return the secret of a key, 64 hexadecimal digits."""
        if self._known is None:
            self._known = self._secret.read()
        return hmac.digest(self._known, key_id.encode(), "sha256").hex()

    def check(self, key_id: str, user: str, token: str) -> None:
        """Check that a shop's server made this token for this customer.

        Raises:
            Forbidden: it is missing or wrong, has expired, or is valid for too long.
        """
        if not token:
            raise Forbidden(f"a storefront key reads no customer's list by itself; {_HOW}")
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            raise Forbidden(f"the user token is malformed; {_HOW}")
        expected = sign_user(self.secret_of(key_id), user, int(parts[1]))
        if not hmac.compare_digest(token, expected):
            raise Forbidden(
                "the user token was not made for this customer and this key; sign the customer's "
                "ID as the sales have it (the MD5 of an e-mail address in lower case)"
            )
        _check_time(int(parts[1]))


def sign_user(secret: str, user: str, expires: int) -> str:
    """Return a user's token."""
    message = f"{user}\n{expires}".encode()
    return f"{expires}.{hmac.digest(secret.encode(), message, 'sha256').hex()}"


def _check_time(expires: int) -> None:
    seconds = expires - time.time()
    if seconds <= 0:
        raise Forbidden("the user token has expired; request a new one from your shop's server")
    if seconds > MAX_VALIDITY_S:
        raise Forbidden("the user token is valid for too long; let it expire within a day")
