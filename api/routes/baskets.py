"""Serves recommendations for a basket, for customers and for visitors without a name."""

from functools import partial
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, get_services
from api.fast_route import FastRoute
from api.routes.users import normalize_user
from api.schemas.baskets import BasketIn, BasketOut
from api.schemas.parameters import CollectionPath
from api.services.basket_ranking import BasketRanking
from api.services.published_lists import has_published, read_again
from api.services.selection import Cards, rare_members
from api.services.typed_options import parse_filter_of
from api.services.urls import image_urls
from api.services.user_access import check_may_read
from core.cache.link_reader import CachedLinks
from core.errors import NotFound
from core.recommendations import ByRule, Reason
from core.recommender.regions import regions_of
from core.rules import ActiveRules, Placement
from core.serving.baskets import Scored
from core.serving.rules import rules_for
from core.serving.select import Selected, ServingOptions

_PATH = "/v1/collections/{c}/recommendations"
NOTHING = (
    "skus: collection {!r} has none of these items, and no popular items to offer instead; check "
    "the SKUs, or upload sales"
)
_REASONS = TypeAdapter(dict[str, list[Reason]])


async def basket_recommendations(c: CollectionPath, body: BasketIn, request: Request) -> Response:
    """Recommend items for a basket, or for the items that a visitor has looked at.

    Items that are bought together with the basket's items come first; an item that is hardly ever
    bought with others is represented by items that look like it. If these are too few, popular
    items follow. What is in the basket counts at once, without a training run.
    """
    services = await get_services(request)
    if body.user:
        await check_may_read(normalize_user(body.user), request, services)
    skus = list(dict.fromkeys(reversed(body.skus)))[::-1]  # an item counts once, at its last place
    options = ServingOptions(
        body.limit,
        await parse_filter_of(c, body.filter, services),
        frozenset([*skus, *body.exclude]),
        include_out_of_stock=body.include is not None,
        rules=await services.rule_books.active(c, Placement.BASKET),
        group_by=await services.definitions.group_by(c),
    )
    cached = await _read_links(c, skus, body, services)
    ranking, cards = BasketRanking.of(skus, cached), Cards(c, services)
    unlinked = [item.sku for item in ranking.basket if not item.links.skus]
    await cards.load(unlinked)
    unknown = [sku for sku in unlinked if not cards.exists(sku)]
    ranking = ranking.without_lookalikes(unknown)  # they would tell of a hidden item
    pinned = [Scored(sku, 0.0) for sku in options.rules.pinned_skus]
    options = await cards.without_groups_of(skus, options)
    selected = await cards.select(ranking.candidates(), options, pinned=pinned)
    if len(unknown) == len(skus) and next(ranking.candidates(), None) is None:
        raise NotFound(NOTHING.format(c))
    reasons = _reasons(selected, ranking, options.rules)
    urls = await image_urls(request, services, c, [(item.sku, None) for item in selected])
    answer = {
        "generation": cached.generation,
        "unknown": unknown,
        "filled": sum(
            not (item.score or item.sku in options.rules.pinned_skus) for item in selected
        ),
        "recommendations": [
            _row(item, reasons[item.sku], url) for item, url in zip(selected, urls, strict=True)
        ],
    }
    return Response(orjson.dumps(answer), media_type="application/json")


async def _read_links(
    collection: str, skus: list[str], body: BasketIn, services: Services
) -> CachedLinks:
    """Read what is published about a basket.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: the cache is being refilled.
    """
    user = normalize_user(body.user) if body.user else ""
    regions = regions_of(body.country, body.zip)
    cached = await services.link_reader.read(collection, skus, user=user, regions=regions)
    if cached is None or (
        cached.generation is None and await run_in_threadpool(has_published, collection, services)
    ):
        read = partial(
            services.link_reader.read_published, collection, skus, user=user, regions=regions
        )
        return await read_again(read, collection, services)
    return cached


def _reasons(
    selected: list[Selected[Scored]], ranking: BasketRanking, rules: ActiveRules
) -> dict[str, list[dict[str, Any]]]:
    """Return the reasons of all items by SKU, as they are sent; one call for all is faster."""
    by_sku = ranking.reasons([item.sku for item in selected])
    for item in selected:
        by_sku[item.sku][:0] = map(ByRule, rules_for(item, rules))
    dumped: dict[str, list[dict[str, Any]]] = _REASONS.dump_python(
        by_sku, by_alias=True, exclude_none=True
    )
    return dumped


def _row(item: Selected[Scored], reasons: list[dict[str, Any]], image_url: str) -> dict[str, Any]:
    return {
        "sku": item.sku,
        "score": round(item.score, 6),
        "image_url": image_url,
        "reasons": reasons,
        **rare_members(item),
    }


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        basket_recommendations,
        methods=["POST"],
        tags=["recommender"],
        response_model=BasketOut,
        route_class_override=FastRoute,
    )
