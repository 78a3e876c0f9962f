"""Serves the items similar to an item: from a list in the cache, or else by a search."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, find_collection, get_services
from api.errors import MISSING_WEIGHTS, problem_responses
from api.fast_route import FastRoute
from api.routes.search import MAX_MATCHES, WEIGHTS_DIFFER, run_search
from api.schemas.parameters import (
    AtMost,
    CollectionPath,
    ColourWeight,
    DiversityWeight,
    ExcludeQuery,
    Filter,
    Group,
    IncludeQuery,
    Limit,
    MatchesCursor,
    MinRarity,
    MinScore,
    SkuPath,
)
from api.schemas.search import MatchesOut
from api.services.cursors import SearchIdentity, matches_cursor
from api.services.rows_with_cards import RowsWithCards
from api.services.selection import parse_options
from api.services.urls import image_urls
from api.services.visibility import check_visible, sees_hidden
from core.cache import SimilarItem, SimilarItems
from core.cache.search_messages import SearchRequest
from core.domain import Availability
from core.observability.metrics import SIMILAR
from core.rules import ActiveRules, Placement
from core.score_scale import ScoreScale
from core.serving.cards import Card
from core.serving.groups import group_of
from core.serving.rules import rules_for
from core.serving.select import Selected, ServingOptions, select
from core.storage.items import no_such_item

_PATH = "/v1/collections/{c}/items/{sku:path}/similar"
MAX_LISTED = 50
"""A list contains at least as many matches, if the collection has as many other items."""
_WHOLE_LIST = 1000
# created before the first increment, which rate() would miss otherwise
_LISTED, _SEARCHED = SIMILAR.labels("list"), SIMILAR.labels("search")


async def similar(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    sku: SkuPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_MATCHES)] = 10,
    min_score: Annotated[MinScore, Query()] = 0,
    min_rarity: Annotated[MinRarity, Query()] = None,
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
    include: IncludeQuery = None,
    group: Annotated[Group, Query()] = True,
    at_most: Annotated[AtMost, Query()] = None,
    diversity: Annotated[DiversityWeight, Query()] = 0,
    colour: Annotated[ColourWeight, Query()] = None,
    cursor: Annotated[MatchesCursor, Query()] = None,
) -> Response:
    """Find items that look like a given item, best first; the item's own variants are left out.

    The answer comes from a list that is kept up to date after every import and deletion, and has
    the timing `list_ms`. A search answers requests with a limit above 50, `cursor`, `diversity` or
    `colour`, or if too few items of the list can be shown, and for items that have no list yet.
    """
    services, started = await get_services(request), time.perf_counter()
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
    if (rules := await services.rule_books.active(c, Placement.SIMILAR)).rules:
        options = replace(options, rules=rules)
    min_score = await services.score_scales.min_score(
        c, min_score, min_rarity, is_plain=colour is None
    )
    identity = SearchIdentity(
        c,
        sku,
        min_score,
        filter,
        tuple(sorted(options.exclude)),
        options.include_out_of_stock,
        group,
        dict(options.at_most),
        diversity,
        colour,
    )
    from_list = limit <= MAX_LISTED and cursor is None and not diversity and colour is None
    if from_list and (listed := await _read(c, sku, options, services)) is not None:
        if listed.is_hidden and not sees_hidden():
            raise no_such_item(sku)
        matches = _select(listed, options)
        if _suffices(listed, matches, options, min_score):
            _LISTED.inc()
            scale = await services.score_scales.get(c)
            matches = [match for match in matches if match.score >= min_score]
            images = [(match.sku, match.view) for match in matches]
            urls = await image_urls(request, services, c, images)
            return _respond(matches, urls, identity, limit, started, scale)
    _SEARCHED.inc()
    collection = await run_in_threadpool(find_collection, c, services)
    if not sees_hidden():
        await run_in_threadpool(check_visible, sku, collection, services)
    # validated here, since answers from lists would pay for it in vain
    query = SearchRequest(**identity._asdict(), limit=limit, rules=rules.records)
    page = await run_search(query, None, request, services, cursor=cursor)
    return Response(page.model_dump_json(), media_type="application/json")


async def _read(
    collection: str, sku: str, options: ServingOptions, services: Services
) -> SimilarItems | None:
    """Return as much of an item's list as is needed; None if it has none."""
    if options.is_default:
        return await services.similar_reader.read(collection, sku, options.limit)
    return await services.similar_reader.read(collection, sku, _WHOLE_LIST, unavailable=True)


def _select(listed: SimilarItems, options: ServingOptions) -> Sequence[SimilarItem]:
    if options.is_default:
        return listed.matches
    if options.group_by:
        own = group_of(Card(orjson.loads(listed.attributes)), options.group_by)
        options = replace(options, exclude_groups=frozenset([own] if own else []))
    rows = RowsWithCards(listed.matches)
    return [_explained(item, options.rules) for item in select(rows, rows.card_of, options)]


def _explained(item: Selected[SimilarItem], rules: ActiveRules) -> SimilarItem:
    ids = rules_for(item, rules)
    if not (ids or item.variants):
        return item.candidate
    return item.candidate._replace(variants=item.variants, rules=tuple(ids))


def _suffices(
    listed: SimilarItems,
    matches: Sequence[SimilarItem],
    options: ServingOptions,
    min_score: float,
) -> bool:
    """Return whether no further match can belong to the answer; deletions shorten lists.

    If a filter matches nothing, a search explains why.
    """
    if options.filter is not None and not matches:
        return False
    ends_below = bool(listed.matches) and listed.matches[-1].score < min_score
    return listed.is_complete or len(matches) == options.limit or ends_below


def _respond(
    listed: Sequence[SimilarItem],
    urls: Sequence[str],
    identity: SearchIdentity,
    limit: int,
    started: float,
    scale: ScoreScale | None,
) -> Response:
    def to_dict(match: SimilarItem, image_url: str) -> dict[str, object]:
        row: dict[str, object] = {
            "sku": match.sku,
            "score": match.score,
            "view": match.view,
            "image_url": image_url,
            "attributes": orjson.Fragment(match.attributes),
        }
        if scale is not None:
            row |= scale.fields(match.score)
        if match.availability is not Availability.IN_STOCK:
            row["availability"] = match.availability
        if match.variants:
            row["variants"] = match.variants
        if match.rules:
            row["rules"] = match.rules
        return row

    matches = [to_dict(match, url) for match, url in zip(listed, urls, strict=True)]
    took = round((time.perf_counter() - started) * 1000, 2)
    timings = {"list_ms": took, "total_ms": took}
    cursor = None
    if len(matches) == limit:
        cursor = matches_cursor(len(matches), listed[-1].sku, identity.digest())
    answer = {"matches": matches, "timings": timings, "next_cursor": cursor, "hint": None}
    body = orjson.dumps(answer)
    return Response(body, media_type="application/json")


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        similar,
        tags=["search"],
        response_model=MatchesOut,
        responses=problem_responses(WEIGHTS_DIFFER, MISSING_WEIGHTS),
        route_class_override=FastRoute,
    )
