"""The pictures of items, whole or as thumbnails, to be cached by whoever shows them."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api.dependencies import CollectionDep, ServicesDep
from core.encoders.images.thumbnails import thumbnail

router = APIRouter(prefix="/v1/collections/{c}/items/{sku}/image", tags=["items"])

_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of the picture)"}
_KINDS = {f"image/{kind}": _BYTES for kind in ("jpeg", "png", "webp", "gif", "bmp")}


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": _KINDS}, 304: {"description": "It is what the client has already"}},
)
def picture(
    sku: str,
    collection: CollectionDep,
    services: ServicesDep,
    view: str | None = None,
    size: Annotated[int | None, Query(ge=16, le=2048)] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A picture as it was uploaded; with `size`, a JPEG of at most that many pixels a side."""
    items = services.items(collection)
    image = items.get(sku).image(view)
    headers = {"ETag": f'"{image.sha256[:32]}-{size or "full"}"', "Cache-Control": "no-cache"}
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    data, kind = items.picture(image), image.format.lower()
    if size:
        data = thumbnail(data, size, services.settings.limits.megapixels)
        kind = "jpeg"
    return Response(data, media_type=f"image/{kind}", headers=headers)
