"""Serves recommendation lists from the cache: the hot path, requested on every page view."""

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response

from api.dependencies import Services, get_services
from api.fast_route import FastRoute
from api.routes.users import normalize_user
from api.schemas.parameters import (
    AtMost,
    CollectionPath,
    CountryQuery,
    DiversityWeight,
    ExcludeQuery,
    Filter,
    Group,
    IncludeQuery,
    Limit,
    UserPath,
    ZipQuery,
)
from api.schemas.recommendations import RecommendationsOut
from api.services.list_selection import ListRequest, SelectedList, read_list
from api.services.published_lists import read_again
from api.services.selection import parse_options
from api.services.urls import image_urls
from api.services.user_access import check_may_read
from core.cache import CachedRow
from core.domain import Availability
from core.observability.metrics import LISTS
from core.recommender.regions import regions_of

_PATH = "/v1/collections/{c}/users/{user:path}/recommendations"
MAX_RECOMMENDATIONS = 100
# created before the first increment, which rate() would miss otherwise
_READS = {kind: LISTS.labels(kind) for kind in ("personal", "popular", "missing")}


async def recommendations(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    user: UserPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_RECOMMENDATIONS)] = 10,
    country: CountryQuery = "",
    zip: ZipQuery = "",
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
    include: IncludeQuery = None,
    group: Annotated[Group, Query()] = True,
    at_most: Annotated[AtMost, Query()] = None,
    diversity: Annotated[DiversityWeight, Query()] = 0,
) -> Response:
    """Get a user's recommendations with reasons; users without purchases get popular items.

    Items that were deleted or are unavailable are left out at once. If a list is then too short,
    items that are popular in the region follow; `filled` is their number.
    """
    services, user = await get_services(request), normalize_user(user)
    await check_may_read(user, request, services)
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
    query = ListRequest(c, user, regions_of(country, zip), options, diversity)
    selected = await read_list(query, services)
    _READS[_kind(selected)].inc()
    if selected is None:
        selected = await read_again(lambda: read_list(query, services), c, services)
    head = orjson.dumps({
        "user": user, "generation": selected.generation, "personal": selected.personal,
        "filled": selected.filled, "hint": selected.hint,
    })  # fmt: skip
    rows = await to_rows(selected.rows, c, request, services)
    body = b'%b,"recommendations":[%b]}' % (head[:-1], rows)
    return Response(body, media_type="application/json")


async def to_rows(
    rows: Sequence[CachedRow], collection: str, request: Request, services: Services
) -> bytes:
    """Return the rows of a response as JSON, with commas between them.

    They are spliced as bytes: parsing the cached list would double the cost of the request.
    """
    images = [(row.sku, None) for row in rows]
    urls = await image_urls(request, services, collection, images)
    return b",".join([_row(row, url) for row, url in zip(rows, urls, strict=True)])


def _row(row: CachedRow, image_url: str) -> bytes:
    """Return the row, a JSON object, with further members."""
    url = orjson.dumps(image_url)
    if row.variants:
        url = b'%b,"variants":%b' % (url, orjson.dumps(row.variants))
    if row.availability is Availability.IN_STOCK:
        return b'%b,"image_url":%b}' % (row.text[:-1], url)
    return b'%b,"image_url":%b,"availability":"%b"}' % (
        row.text[:-1], url, row.availability.encode(),
    )  # fmt: skip


def _kind(selected: SelectedList | None) -> str:
    if selected is None:
        return "missing"
    return "personal" if selected.personal else "popular"


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        recommendations,
        tags=["recommender"],
        response_model=RecommendationsOut,
        route_class_override=FastRoute,
    )
