"""Images of items, in full size or as thumbnails, for browsers, caches and programs."""

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, ServicesDep
from api.middleware.current_key import current_role, has_signed_url
from api.schemas.image_parameters import (
    ExpiresQuery,
    SignatureQuery,
    SizeQuery,
    VersionQuery,
    ViewQuery,
)
from api.schemas.parameters import IfNoneMatchHeader, SkuPath
from api.services.visibility import find_item
from core.encoders.images.formats import FORMATS
from core.errors import InvalidInput
from core.storage import ItemImage, Role

router = APIRouter(prefix="/v1/collections/{c}/items/{sku:path}/image", tags=["items"])

PUBLIC_SIZES = (80, 160, 320, 640, 1280)
"""Thumbnails for anybody; other sizes would let anybody keep the server busy."""
_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of the image)"}
_MEDIA_TYPES = {f"image/{kind}": _BYTES for kind in map(str.lower, FORMATS)}
_ANY_VERSION = "public, max-age=300"
_THIS_VERSION = "public, max-age=172800, immutable"
"""Until the URL expires, at the latest."""


@router.get(
    "",
    response_class=Response,
    response_description="The image.",
    responses={200: {"content": _MEDIA_TYPES}, 304: {"description": "Not modified."}},
)
async def get_image(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    sku: SkuPath,
    collection: CollectionDep,
    services: ServicesDep,
    view: ViewQuery = None,
    size: SizeQuery = None,
    version: VersionQuery = "",
    expires: ExpiresQuery = None,  # noqa: ARG001 - the middleware has checked it
    signature: SignatureQuery = None,  # noqa: ARG001
    if_none_match: IfNoneMatchHeader = None,
) -> Response:
    """Get an image as it was uploaded; with `size`, a JPEG of at most that many pixels a side.

    Once the server has API keys, each `image_url` in answers is signed: a browser needs no key for
    it. Then `size` is 80, 160, 320, 640 or 1280, as for keys with the role `search`.
    """
    _check_size(size)
    row = await run_in_threadpool(find_item, sku, collection, services)
    image = row.item.image(view)
    headers = {
        "ETag": f'"{image.sha256[:32]}-{size or "full"}"',
        "Cache-Control": _cache_control(image, version),
    }
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    items = services.items(collection)
    if size is None:
        data, format = await run_in_threadpool(items.read_image, image), image.format.lower()
    else:
        data, format = await services.thumbnails.get(items, image, size), "jpeg"
    return Response(data, media_type=f"image/{format}", headers=headers)


def _check_size(size: int | None) -> None:
    """Refuse sizes that not everybody may request.

    Raises:
        InvalidInput: the request could come from anybody, and the size is not a public one.
    """
    if size is not None and current_role() is Role.SEARCH and size not in PUBLIC_SIZES:
        listed = ", ".join(map(str, PUBLIC_SIZES))
        raise InvalidInput(
            f"size: {size} is for keys with the role `read`; signed URLs and storefront keys can "
            f"use {listed}"
        )


def _cache_control(image: ItemImage, version: str) -> str:
    """Return how long the response may be kept, and by whom."""
    if not has_signed_url():
        return "no-cache"
    is_this = version and image.sha256.startswith(version)
    return _THIS_VERSION if is_this else _ANY_VERSION
