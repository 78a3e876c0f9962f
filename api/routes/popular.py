"""Serves the items that are popular in a region, for pages that know no customer."""

from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import get_services
from api.fast_route import FastRoute
from api.routes.recommendations import MAX_RECOMMENDATIONS, to_rows
from api.schemas.parameters import (
    CollectionPath,
    ExcludeQuery,
    Filter,
    IncludeQuery,
    Limit,
    PopularCountryQuery,
    ZipQuery,
)
from api.schemas.popular import PopularOut
from api.services.list_selection import ListRequest, read_list
from api.services.published_lists import explain_missing
from api.services.selection import parse_options
from core.recommender.regions import regions_of

_PATH = "/v1/collections/{c}/popular"
_NOBODY = ""
"""A user without a list, since no user's name is empty."""


async def popular(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_RECOMMENDATIONS)] = 10,
    country: PopularCountryQuery = "",
    zip: ZipQuery = "",
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
    include: IncludeQuery = None,
) -> Response:
    """List the items that are popular in a region, best first, as of the last training run.

    Without a country and a postcode, and in regions with few orders, these are the items that are
    popular in the next larger region. If too few of a region's items are available or match the
    filter, items of larger regions follow; `filled` is their number.
    """
    services = await get_services(request)
    options = await parse_options(
        c, limit, services, filter=filter, exclude=exclude, include=include
    )
    selected = await read_list(ListRequest(c, _NOBODY, regions_of(country, zip), options), services)
    if selected is None:
        selected = await run_in_threadpool(explain_missing, c, services)
    head = {
        "generation": selected.generation, "filled": selected.filled, "hint": selected.hint,
    }  # fmt: skip
    rows = to_rows(selected.rows, c, request)
    body = b'%b,"items":[%b]}' % (orjson.dumps(head)[:-1], rows)
    return Response(body, media_type="application/json")


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        popular,
        tags=["recommender"],
        response_model=PopularOut,
        route_class_override=FastRoute,
    )
