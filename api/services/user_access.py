"""Whose recommendations a key may read."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.middleware.current_key import current_key
from core.storage import Role

HEADER = "User-Token"


async def check_may_read(user: str, request: Request, services: Services) -> None:
    """Check that the current key may read what is recommended to this user.

    Keys with the role `read` may read the lists of all users. A storefront key is in every
    visitor's browser, so it needs a token of the shop's server for each user.

    Raises:
        Forbidden: the token is missing or not valid.
    """
    key = current_key.get()
    if key is not None and key.role is Role.SEARCH:
        token = request.headers.get(HEADER, "")
        await run_in_threadpool(services.user_tokens.check, key.id, user, token)
