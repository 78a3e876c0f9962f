"""Serves what can be sold in place of an item that is sold out."""

import json
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, find_collection, get_services
from api.errors import MISSING_WEIGHTS, problem_responses
from api.fast_route import FastRoute
from api.routes.search import WEIGHTS_DIFFER
from api.routes.similar import MAX_LISTED, similar
from api.schemas.parameters import CollectionPath, ExcludeQuery, Filter, Limit, SkuPath
from api.schemas.search import MatchesOut
from api.services.selection import Cards
from api.services.visibility import sees_hidden
from core.domain import Availability
from core.errors import InvalidInput
from core.filters.conditions import to_term
from core.filters.typed import parse_typed_filter
from core.serving.prices import around
from core.storage.items import no_such_item

_PATH = "/v1/collections/{c}/items/{sku:path}/substitutes"
PRICE = "price"
PriceRange = Annotated[
    Annotated[float, Query(ge=0, le=10)] | Literal["off"],
    Query(
        description="How much prices may differ from the item's own `price`, as a share of it; "
        "`off`: prices do not matter.",
        examples=[0.3],
    ),
]


async def substitutes(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    sku: SkuPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_LISTED)] = 10,
    price_range: PriceRange = 0.3,
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
) -> Response:
    """Find items in stock that look like an item and cost about as much, best first.

    The item itself may be sold out. Its attribute `price` must be a number, unless `price_range`
    is `off`.
    """
    services = await get_services(request)
    collection = await run_in_threadpool(find_collection, c, services)
    parse_typed_filter(filter, collection.attribute_types)  # an error is about the given filter
    if price_range != "off":
        filter = _both(filter, around(await _price_of(c, sku, services), price_range))
    return await similar(c, sku, request, limit=limit, filter=filter, exclude=exclude)


async def _price_of(collection: str, sku: str, services: Services) -> float:
    """Return the price of an item.

    Raises:
        NotFound: the item does not exist.
        InvalidInput: it has no price.
        Unavailable: the cache is being refilled.
    """
    cards = Cards(collection, services)
    await cards.load([sku])
    card = cards.card_of(sku)
    if card is None or (card.availability is Availability.HIDDEN and not sees_hidden()):
        raise no_such_item(sku)
    term = to_term(card.attributes.get(PRICE))
    if term is None or term.kind != "number":
        raise InvalidInput(
            f"item {sku[:128]!r} has no attribute {PRICE!r} that is a number; add one, or send "
            "price_range=off"
        )
    return float(term.value)


def _both(filter: str | None, prices: dict[str, float]) -> str:
    """Return a filter for items that match another filter and whose price is in a range."""
    given: dict[str, Any] = json.loads(filter) if filter and filter.strip() else {}
    own = {PRICE: prices}
    return json.dumps({"and": [given, own]} if PRICE in given else given | own)


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        substitutes,
        tags=["search"],
        response_model=MatchesOut,
        responses=problem_responses(WEIGHTS_DIFFER, MISSING_WEIGHTS),
        route_class_override=FastRoute,
    )
