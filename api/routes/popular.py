"""Serves the items that are popular in a region, for pages that know no customer."""

from datetime import timedelta
from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response

from api.dependencies import get_services
from api.fast_route import FastRoute
from api.routes.recommendations import MAX_RECOMMENDATIONS, to_rows
from api.schemas.parameters import (
    AtMost,
    CollectionPath,
    DaysQuery,
    ExcludeQuery,
    Filter,
    Group,
    IncludeQuery,
    Limit,
    PopularCountryQuery,
    ZipQuery,
)
from api.schemas.popular import PopularOut
from api.services.list_selection import ListRequest, read_list
from api.services.published_lists import read_again
from api.services.selection import parse_options
from core.errors import InvalidInput
from core.recommender.regions import in_last_days, regions_of
from core.recommender.training_report import SalesPeriod

_PATH = "/v1/collections/{c}/popular"
_NOBODY = ""
"""A user without a list, since no user's name is empty."""
_NO_TIMES = (
    "days: the times of this collection's sales are not known; leave out `days`, or import the "
    "sales with the dates of the orders"
)
_FEW_SOLD = "only {} of the items that can be shown are best sellers of the last {} days"


async def popular(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    c: CollectionPath,
    request: Request,
    limit: Annotated[Limit, Query(le=MAX_RECOMMENDATIONS)] = 10,
    country: PopularCountryQuery = "",
    zip: ZipQuery = "",
    days: DaysQuery = None,
    filter: Annotated[Filter, Query()] = None,
    exclude: ExcludeQuery = "",
    include: IncludeQuery = None,
    group: Annotated[Group, Query()] = True,
    at_most: Annotated[AtMost, Query()] = None,
) -> Response:
    """List the items that are popular in a region, best first, as of the last training run.

    Without a country and a postcode, and in regions with few orders, these are the items that are
    popular in the next larger region. If too few of a region's items are available or match the
    filter, items of larger regions follow; `filled` is their number.

    With `days`, these are the items with the most orders in the last days before the newest order
    line. Otherwise, all sales count, and newer ones may weigh more.
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
    regions = regions_of(country, zip)
    if days is not None:
        regions = [in_last_days(region, days) for region in regions]
    query = ListRequest(c, _NOBODY, regions, options)
    selected = await read_list(query, services)
    if selected is None:
        selected = await read_again(lambda: read_list(query, services), c, services)
    period = await services.sales_periods.of(c, selected.generation)
    if days is not None and period is None:
        raise InvalidInput(_NO_TIMES)
    hint = selected.hint
    if days is not None and len(selected.rows) < limit:
        hint = _FEW_SOLD.format(len(selected.rows), days)
    head = {
        "generation": selected.generation,
        **_counted(period, days),
        "filled": selected.filled,
        "hint": hint,
    }
    rows = await to_rows(selected.rows, c, request, services)
    body = b'%b,"items":[%b]}' % (orjson.dumps(head, option=orjson.OPT_UTC_Z)[:-1], rows)
    return Response(body, media_type="application/json")


def _counted(period: SalesPeriod | None, days: int | None) -> dict[str, object]:
    """Return the times of the first and the last order line that were counted."""
    if period is None:
        return {"since": None, "until": None}
    since = period.first
    if days is not None:
        since = max(since, period.last - timedelta(days=days))
    return {"since": since, "until": period.last}


def install(app: FastAPI) -> None:
    """Add the route to the app itself, since an included router matches each path twice."""
    app.router.add_api_route(
        _PATH,
        popular,
        tags=["recommender"],
        response_model=PopularOut,
        route_class_override=FastRoute,
    )
