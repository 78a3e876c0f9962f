"""Serves recommendation lists from the cache: the hot path, requested on every page view."""

from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, get_services
from api.fast_route import FastRoute
from api.routes.users import normalize_user
from api.schemas.parameters import CollectionPath, CountryQuery, Limit, UserPath, ZipQuery
from api.schemas.recommendations import RecommendationsOut
from api.services.urls import quote_sku, with_prefix
from core.cache import CachedList
from core.errors import NotFound, Unavailable
from core.observability.metrics import LISTS
from core.recommender.regions import regions_of

_PATH = "/v1/collections/{c}/users/{user:path}/recommendations"
MAX_RECOMMENDATIONS = 100
# created before the first increment, which rate() would miss otherwise
_READS = {kind: LISTS.labels(kind) for kind in ("personal", "popular", "missing")}


async def recommendations(
    c: CollectionPath,
    user: UserPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_RECOMMENDATIONS)] = 10,
    country: CountryQuery = "",
    zip: ZipQuery = "",
) -> Response:
    """Get a user's recommendations with reasons; users without purchases get popular items."""
    services, user = await get_services(request), normalize_user(user)
    cached = await services.list_reader.read(c, user, regions_of(country, zip))
    _READS[_kind(cached)].inc()
    if cached is None:
        cached = await run_in_threadpool(_explain_missing, c, services)
    # spliced as bytes: parsing the cached list would double the cost of the request
    items_url = orjson.dumps(with_prefix(request, f"/v1/collections/{c}/items/"))[:-1]
    rows = (
        # each row is a JSON object and gets one more member
        b'%b,"image_url":%b%b/image"}' % (row.text[:-1], items_url, quote_sku(row.sku).encode())
        for row in cached.top(limit)
    )
    head = orjson.dumps({
        "user": user, "generation": cached.generation, "personal": cached.personal,
    })  # fmt: skip
    body = b'%b,"recommendations":[%b]}' % (head[:-1], b",".join(rows))
    return Response(body, media_type="application/json")


def _kind(cached: CachedList | None) -> str:
    if cached is None:
        return "missing"
    return "personal" if cached.personal else "popular"


def _explain_missing(name: str, services: Services) -> CachedList:
    """Raise an error that explains a missing list; refill the cache if it has lost the lists.

    Raises:
        NotFound: the collection does not exist, or has no published lists.
        Unavailable: the cache is being refilled.
    """
    collection = services.collections.get(name)
    if services.generations(collection).recommender().live is None:
        raise NotFound(f"collection {name!r} has no recommendations yet; upload its sales")
    services.dispatcher.refill_lists(name)
    raise Unavailable("the recommendation cache is being refilled from the store; retry later")


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        recommendations,
        tags=["recommender"],
        response_model=RecommendationsOut,
        route_class_override=FastRoute,
    )
