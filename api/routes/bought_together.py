"""Serves the items that are bought together with an item."""

from functools import partial
from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response

from api.dependencies import get_services
from api.fast_route import FastRoute
from api.schemas.baskets import BoughtTogetherOut
from api.schemas.parameters import (
    CollectionPath,
    ExcludeQuery,
    Filter,
    IncludeQuery,
    Limit,
    SkuPath,
)
from api.services.published_lists import read_again
from api.services.selection import Cards, parse_options, rare_members
from api.services.urls import image_urls
from core.item_links import parse_links
from core.storage.items import no_such_item

_PATH = "/v1/collections/{c}/items/{sku:path}/bought-together"
MAX_LINKS = 50


async def bought_together(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    sku: SkuPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_LINKS)] = 10,
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
    include: IncludeQuery = None,
) -> Response:
    """List the items that are bought together with an item.

    The strongest link comes first, which is not always the one with most orders: what everybody
    buys anyway says little about an item. The list is empty if the item was never bought with
    others; before the first training run, there is an error. Variants of the item are left out.
    """
    services = await get_services(request)
    options = await parse_options(
        c, limit, services, filter=filter, exclude=exclude, include=include
    )
    cached = await services.link_reader.read_published(c, [sku])
    if cached is None:
        read = partial(services.link_reader.read_published, c, [sku])
        cached = await read_again(read, c, services)
    links, cards = parse_links(cached.links[0]), Cards(c, services)
    await cards.load([sku])
    if not cards.exists(sku):
        raise no_such_item(sku)
    selected = await cards.select(links, await cards.without_groups_of([sku], options))
    urls = await image_urls(request, services, c, [(item.sku, None) for item in selected])
    rows = [
        {
            "sku": item.sku,
            "orders": item.candidate.orders,
            "support": float(f"{item.candidate.orders / cached.summary.orders:.4g}"),
            "lift": item.candidate.lift,
            "image_url": url,
            **rare_members(item),
        }
        for item, url in zip(selected, urls, strict=True)
    ]
    head = {"sku": sku, "generation": cached.generation, "orders": cached.summary.orders}
    return Response(orjson.dumps(head | {"items": rows}), media_type="application/json")


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        bought_together,
        tags=["recommender"],
        response_model=BoughtTogetherOut,
        route_class_override=FastRoute,
    )
