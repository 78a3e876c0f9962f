"""Serves the items similar to an item: from a list in the cache, or else by a search."""

import time
from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, find_collection, get_services
from api.errors import MISSING_WEIGHTS, problem_responses
from api.fast_route import FastRoute
from api.routes.search import MAX_MATCHES, WEIGHTS_DIFFER, run_search
from api.schemas.parameters import CollectionPath, Filter, Limit, MinScore, SkuPath
from api.schemas.search import MatchesOut
from api.services.urls import image_url
from core.cache import SimilarItem, SimilarItems
from core.cache.search_messages import SearchRequest
from core.observability.metrics import SIMILAR

_PATH = "/v1/collections/{c}/items/{sku:path}/similar"
MAX_LISTED = 50
"""A list contains at least as many matches, if the collection has as many other items."""
# created before the first increment, which rate() would miss otherwise
_LISTED, _SEARCHED = SIMILAR.labels("list"), SIMILAR.labels("search")


async def similar(
    c: CollectionPath,
    sku: SkuPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_MATCHES)] = 10,
    min_score: Annotated[MinScore, Query()] = 0,
    filter: Annotated[Filter, Query()] = None,
) -> Response:
    """Find items that look like a given item, best first.

    The answer comes from a list that is kept up to date after every import and deletion, and has
    the timing `list_ms`. A search answers requests with a filter or a limit above 50, and for items
    that have no list yet.
    """
    services, started = await get_services(request), time.perf_counter()
    if filter is None and limit <= MAX_LISTED:
        listed = await services.similar_reader.read(c, sku, limit)
        if listed is not None and _suffices(listed, limit, min_score):
            _LISTED.inc()
            return _respond(listed, c, request, min_score, started)
    _SEARCHED.inc()
    query = SearchRequest(collection=c, sku=sku, limit=limit, min_score=min_score, filter=filter)
    return await _search(query, request, services)


def _suffices(listed: SimilarItems, limit: int, min_score: float) -> bool:
    """Return whether no further match can belong to the answer; deletions shorten lists."""
    matches = listed.matches
    is_full = listed.is_complete or len(matches) == limit
    return is_full or (bool(matches) and matches[-1].score < min_score)


def _respond(
    listed: SimilarItems, collection: str, request: Request, min_score: float, started: float
) -> Response:
    def to_dict(match: SimilarItem) -> dict[str, object]:
        return {
            "sku": match.sku,
            "score": match.score,
            "view": match.view,
            "image_url": image_url(request, collection, match.sku, match.view),
            "attributes": orjson.Fragment(match.attributes),
        }

    matches = [to_dict(match) for match in listed.matches if match.score >= min_score]
    took = round((time.perf_counter() - started) * 1000, 2)
    timings = {"list_ms": took, "total_ms": took}
    body = orjson.dumps({"matches": matches, "timings": timings, "hint": None})
    return Response(body, media_type="application/json")


async def _search(query: SearchRequest, request: Request, services: Services) -> Response:
    await run_in_threadpool(find_collection, query.collection, services)
    matches = await run_search(query, None, request, services)
    return Response(matches.model_dump_json(), media_type="application/json")


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
