"""Images of items, in full size or as thumbnails, with ETags for caching."""

from fastapi import APIRouter, Response

from api.dependencies import CollectionDep, ServicesDep
from api.schemas.parameters import IfNoneMatchHeader, SizeQuery, SkuPath, ViewQuery
from core.encoders.images.thumbnails import thumbnail

router = APIRouter(prefix="/v1/collections/{c}/items/{sku}/image", tags=["items"])

_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of the image)"}
_MEDIA_TYPES = {f"image/{kind}": _BYTES for kind in ("jpeg", "png", "webp", "gif", "bmp")}


@router.get(
    "",
    response_class=Response,
    response_description="The image.",
    responses={200: {"content": _MEDIA_TYPES}, 304: {"description": "Not modified."}},
)
def get_image(
    sku: SkuPath,
    collection: CollectionDep,
    services: ServicesDep,
    view: ViewQuery = None,
    size: SizeQuery = None,
    if_none_match: IfNoneMatchHeader = None,
) -> Response:
    """Get an image as it was uploaded; with `size`, a JPEG of at most that many pixels a side."""
    items = services.items(collection)
    image = items.get(sku).image(view)
    headers = {"ETag": f'"{image.sha256[:32]}-{size or "full"}"', "Cache-Control": "no-cache"}
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    data, format = items.read_image(image), image.format.lower()
    if size:
        data = thumbnail(data, size, services.settings.limits.max_megapixels)
        format = "jpeg"
    return Response(data, media_type=f"image/{format}", headers=headers)
