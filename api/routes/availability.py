"""Availability of items: change it for many items at once, list what is not in stock."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, ServicesDep
from api.errors import DISK_FULL, compressed_body, problem_responses
from api.schemas.availability import AvailabilityChanges, AvailabilityPage, ItemAvailability
from api.schemas.parameters import AvailabilityQuery, CursorQuery, Limit
from api.services.availability import Changes, change_availability
from api.services.availability_table import parse_csv, parse_json
from api.services.cursors import parse_start
from core.domain import Availability
from core.errors import UnsupportedMediaType
from core.item_availability import find_known

router = APIRouter(prefix="/v1/collections/{c}/availability", tags=["items"])

MAX_NAMED = 20
_PARSERS = {"application/json": parse_json, "text/csv": parse_csv}
_STATES = [state.value for state in Availability]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "enum": _STATES},
                    "minProperties": 1,
                    "examples": [{"A-12": "out_of_stock", "B-7": "in_stock"}],
                },
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "sku,availability\nA-12,out_of_stock\n",
            },
        },
    }
}
_WRONG_TYPE = UnsupportedMediaType("send application/json or text/csv; received 'text/plain'")


@router.post("", openapi_extra=_BODY, responses=problem_responses(DISK_FULL, _WRONG_TYPE))
async def set_availability(
    collection: CollectionDep, request: Request, services: ServicesDep
) -> AvailabilityChanges:
    """Set the availability of up to 200,000 items, as JSON or as CSV. It applies to every request
    that is sent after the response: `hidden` items are shown nowhere; `out_of_stock` ones are left
    out of lists and marked in searches. If any row is invalid, nothing is changed.
    """
    parse = _parser(request)
    states = await run_in_threadpool(parse, await request.body())
    return _out(await run_in_threadpool(change_availability, collection, states, services))


@router.get("")
def list_unavailable(
    collection: CollectionDep,
    services: ServicesDep,
    state: AvailabilityQuery = None,
    limit: Annotated[Limit, Query(le=5000)] = 500,
    cursor: CursorQuery = None,
) -> AvailabilityPage:
    """List the items that are not in stock, page by page."""
    start = parse_start(cursor)
    states = services.availability(collection).read().states
    wanted = {state} if state else {Availability.OUT_OF_STOCK, Availability.HIDDEN}
    wanted -= {Availability.IN_STOCK}
    skus = [sku for sku, current in states.items() if current in wanted]
    skus = sorted(find_known(collection, skus, services, services.item_cache))
    page = [ItemAvailability(sku=s, availability=states[s]) for s in skus[start : start + limit]]
    end = start + limit
    return AvailabilityPage(items=page, next_cursor=str(end) if end < len(skus) else None)


def _parser(request: Request) -> Callable[[bytes], dict[str, Availability]]:
    if error := compressed_body(request):
        raise error
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in _PARSERS:
        raise UnsupportedMediaType(
            f"send application/json or text/csv; received {sent[:80] or 'no Content-Type'!r}"
        )
    return _PARSERS[sent]


def _out(changes: Changes) -> AvailabilityChanges:
    return AvailabilityChanges(
        changed=changes.changed,
        unchanged=changes.unchanged,
        unknown=len(changes.unknown),
        unknown_skus=changes.unknown[:MAX_NAMED],
    )
