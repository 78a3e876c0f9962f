"""Serves the newest items of a collection, as soon as they are imported."""

from dataclasses import replace
from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response

from api.dependencies import get_services
from api.fast_route import FastRoute
from api.routes.recommendations import MAX_RECOMMENDATIONS
from api.schemas.new_items import NewItemsOut
from api.schemas.parameters import (
    AtMost,
    CollectionPath,
    ExcludeQuery,
    Filter,
    Group,
    IncludeQuery,
    Limit,
)
from api.services.rows_with_cards import RowsWithCards
from api.services.selection import parse_options, rare_members, refill_cards
from api.services.urls import image_urls
from core.cache.new_reader import NewItem, NewItems
from core.rules import ActiveRules, Placement
from core.serving.rules import rules_for
from core.serving.select import Selected, ServingOptions, select

_PATH = "/v1/collections/{c}/new"
CANDIDATES = 1_000
"""A filter, groups and rules are applied to as many of the newest available items."""
_SHORT = (
    f"only {{}} of the newest items can be shown; filters, groups and rules look at the newest "
    f"{CANDIDATES:,} available items; GET .../items?filter= finds all items that match"
)


async def new_items(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_RECOMMENDATIONS)] = 10,
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
    include: IncludeQuery = None,
    group: Annotated[Group, Query()] = True,
    at_most: Annotated[AtMost, Query()] = None,
) -> Response:
    """List the newest items, by the time at which their SKU was first imported.

    New images or attributes do not make an item new; if it was deleted, its next import does. Items
    appear as soon as their import has written them, without a training run.
    """
    services = await get_services(request)
    options = await parse_options(
        c,
        limit,
        services,
        filter=filter,
        exclude=exclude,
        include=include,
        group=group,
        at_most=at_most,
    )
    if (rules := await services.rule_books.active(c, Placement.LISTS)).rules:
        options = replace(options, rules=rules)
    newest = await services.new_reader.read(
        c,
        limit if options.is_default else CANDIDATES,
        include_out_of_stock=options.include_out_of_stock,
    )
    if newest is None:
        await refill_cards(c, services)
    items = _select(newest, options)
    urls = await image_urls(request, services, c, [(item.sku, None) for item in items])
    is_short = len(items) < limit and not newest.is_complete
    answer = {
        "items": [_row(item, options.rules, url) for item, url in zip(items, urls, strict=True)],
        "hint": _SHORT.format(len(items)) if is_short else None,
    }
    body = orjson.dumps(answer, option=orjson.OPT_UTC_Z)
    return Response(body, media_type="application/json")


def _select(newest: NewItems, options: ServingOptions) -> list[Selected[NewItem]]:
    rows = RowsWithCards(newest.items)
    return select(rows, rows.card_of, options)


def _row(item: Selected[NewItem], rules: ActiveRules, image_url: str) -> dict[str, object]:
    new = item.candidate
    ids = rules_for(item, rules)
    return {
        "sku": new.sku,
        "created_at": new.created_at,
        "image_url": image_url,
        "attributes": orjson.Fragment(new.attributes),
        **rare_members(item),
        **({"rules": ids} if ids else {}),
    }


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        new_items,
        tags=["items"],
        response_model=NewItemsOut,
        route_class_override=FastRoute,
    )
