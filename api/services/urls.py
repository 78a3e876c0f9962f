"""URLs in responses, with the prefix of a gateway in front of the API."""

from functools import lru_cache
from urllib.parse import quote

from fastapi import Request


def with_prefix(request: Request, path: str) -> str:
    """Return the path as clients must request it, with the gateway's prefix if there is one."""
    return f"{request.scope.get('root_path', '')}{path}"


def image_url(request: Request, collection: str, sku: str, view: str) -> str:
    """Return the URL of one image of an item."""
    path = f"/v1/collections/{collection}/items/{quote_sku(sku)}/image"
    return f"{with_prefix(request, path)}?view={quote(view, safe='')}"


@lru_cache(maxsize=100_000)
def quote_sku(sku: str) -> str:
    """Percent-encode a SKU; results are cached, since many recommendation lists share SKUs."""
    return quote(sku, safe="")
