"""URLs in responses, with the prefix of a gateway in front of the API."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from fastapi import Request

from api.dependencies import Services
from api.middleware.current_key import image_signatures
from core.cache.image_reader import ImageVersions


def with_prefix(request: Request, path: str) -> str:
    """Return the path as clients must request it, with the gateway's prefix if there is one."""
    return f"{request.scope.get('root_path', '')}{path}"


def image_url(
    request: Request,
    collection: str,
    sku: str,
    view: str | None = None,
    version: str = "",
    *,
    days: int = 1,
) -> str:
    """Return the URL of one image of an item, signed if the server has keys.

    Args:
        view: the image; None is the item's first one.
        version: the hash of the image's file, or its beginning; "" if it is not known.
        days: for how many days a signed URL is valid at least.
    """
    items, signatures = _items_path(request, collection), image_signatures.get()
    if signatures is None:
        return _unsigned(items, sku, view)
    query = signatures.query(collection, sku, view, version, days=days)
    return f"{_unsigned(items, sku, None)}?{query}"


async def image_urls(
    request: Request,
    services: Services,
    collection: str,
    images: Sequence[tuple[str, str | None]],
) -> list[str]:
    """Return the URLs of images, given as SKUs and views, with what the cache knows about them."""
    if image_signatures.get() is None:
        items = _items_path(request, collection)  # once: lists are the hot path
        return [_unsigned(items, sku, view) for sku, view in images]
    versions = await services.image_versions.of(collection, [sku for sku, _ in images])
    return [
        image_url(request, collection, sku, view, _version(known, view))
        for (sku, view), known in zip(images, versions, strict=True)
    ]


def _items_path(request: Request, collection: str) -> str:
    return with_prefix(request, f"/v1/collections/{collection}/items/")


def _unsigned(items_path: str, sku: str, view: str | None) -> str:
    path = f"{items_path}{quote_sku(sku)}/image"
    return path if view is None else f"{path}?view={quote(view, safe='')}"


def _version(known: ImageVersions, view: str | None) -> str:
    return next(iter(known.values()), "") if view is None else known.get(view, "")


@lru_cache(maxsize=100_000)
def quote_sku(sku: str) -> str:
    """Percent-encode a SKU; results are cached, since many recommendation lists share SKUs."""
    return quote(sku, safe="")
