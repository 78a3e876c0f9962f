"""Tokens with which a page reads one customer's recommendations: for a shop's server."""

import hashlib
import hmac
import time


def user_token(secret: str, user: str, seconds: int = 3600) -> str:
    """Return the token of a customer, for the header `User-Token` of a page's requests.

    Args:
        secret: the secret of the storefront key; never send it to a browser.
        user: the customer's ID as in the sales file, such as the MD5 of an e-mail address.
        seconds: how long the token is valid; at most a day.
    """
    expires = int(time.time()) + seconds
    message = f"{user}\n{expires}".encode()
    return f"{expires}.{hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}"
