"""Images without an API key: what browsers request by the signed URLs in answers."""

import logging
import re
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.services.remembered import Remembered
from core.errors import Unavailable
from core.storage import ImageSignatures, StoreSecret

log = logging.getLogger(__name__)

_TTL_S = 10.0
_IMAGE = re.compile(r"/v1/collections/([^/]+)/items/(.+)/image")


class SignedImage(NamedTuple):
    """An image that a request names together with a signature."""

    collection: str
    sku: str


def find_signed_image(request: Request, path: str) -> SignedImage | None:
    """Return what a signature in the URL is for; None if there is no signature."""
    if request.method not in {"GET", "HEAD"} or b"signature=" not in request.scope["query_string"]:
        return None
    match = _IMAGE.fullmatch(path)
    return SignedImage(*match.groups()) if match and "signature" in request.query_params else None


class SignatureSource:
    """Reads the secret of the signatures from the store, and every few seconds again.

    While the store does not respond, the last secret is used. If there is none yet, and none can be
    created, URLs are not signed.
    """

    def __init__(self, secret: StoreSecret) -> None:
        self._secret = secret
        self._signatures = Remembered(self._read, max_age_s=_TTL_S)

    async def current(self) -> ImageSignatures | None:
        """Return the signatures with the current secret; None if the store does not respond."""
        try:
            return await self._signatures.get(None)
        except Unavailable:  # the secret is being read, which takes too long
            return None

    async def _read(self, _: None, last: ImageSignatures | None) -> ImageSignatures | None:
        try:
            return ImageSignatures(await run_in_threadpool(self._secret.read))
        except Unavailable as exc:
            if last is not None:
                raise
            log.warning("the secret of image URLs cannot be read: %s", exc.detail)
            return None
