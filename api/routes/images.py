"""Images of items, in full size or as thumbnails, with ETags for caching."""

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, ServicesDep
from api.schemas.parameters import IfNoneMatchHeader, SizeQuery, SkuPath, ViewQuery
from api.services.pixel_budget import PixelBudget
from api.services.visibility import find_item
from core.encoders.images.formats import FORMATS
from core.encoders.images.thumbnails import thumbnail
from core.storage import ItemImage, Items

router = APIRouter(prefix="/v1/collections/{c}/items/{sku:path}/image", tags=["items"])

_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of the image)"}
_MEDIA_TYPES = {f"image/{kind}": _BYTES for kind in map(str.lower, FORMATS)}
_BUDGET = PixelBudget(50_000_000)  # they take up to 800 MB


@router.get(
    "",
    response_class=Response,
    response_description="The image.",
    responses={200: {"content": _MEDIA_TYPES}, 304: {"description": "Not modified."}},
)
async def get_image(
    sku: SkuPath,
    collection: CollectionDep,
    services: ServicesDep,
    view: ViewQuery = None,
    size: SizeQuery = None,
    if_none_match: IfNoneMatchHeader = None,
) -> Response:
    """Get an image as it was uploaded; with `size`, a JPEG of at most that many pixels a side."""
    items = services.items(collection)
    row = await run_in_threadpool(find_item, sku, collection, services)
    image = row.item.image(view)
    headers = {"ETag": f'"{image.sha256[:32]}-{size or "full"}"', "Cache-Control": "no-cache"}
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    if size is None:
        data, format = await run_in_threadpool(items.read_image, image), image.format.lower()
    else:
        megapixels = services.settings.limits.max_megapixels
        data, format = await _thumbnail(items, image, size, megapixels), "jpeg"
    return Response(data, media_type=f"image/{format}", headers=headers)


async def _thumbnail(items: Items, image: ItemImage, size: int, max_megapixels: int) -> bytes:
    def make() -> bytes:
        return thumbnail(items.read_image(image), size, max_megapixels)

    async with _BUDGET.reserve(image.width * image.height):
        return await run_in_threadpool(make)
