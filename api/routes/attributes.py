"""Attributes of a collection's items: list them, change their types."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import CollectionDep, ServicesDep
from api.schemas.attributes import (
    AttributeOut,
    AttributeSource,
    AttributesPage,
    AttributesPatch,
    ValueCount,
)
from api.schemas.jobs import JobOut
from api.schemas.parameters import CountsQuery, Filter
from api.services.job_responses import JobResponse, ensure_queue_capacity
from api.services.visibility import some_attributes
from core.attributes import MAX_ATTRIBUTES, AttributeType, ValueCounts, count_values
from core.domain import SEEN_COLOUR
from core.errors import InvalidInput
from core.filters.typed import parse_typed_filter
from core.jobs import ChangeAttributesArgs, JobKind, NewJob

router = APIRouter(prefix="/v1/collections/{c}/attributes", tags=["items"])


MAX_COUNTED = 50_000
"""Items whose values one request counts."""


@router.get("")
def list_attributes(
    collection: CollectionDep,
    services: ServicesDep,
    counts: CountsQuery = False,
    filter: Annotated[Filter, Query()] = None,
) -> AttributesPage:
    """List the attributes with their types, which the first import of an attribute determines. With
    a `filter`, only the values of items that match it are counted.
    """
    where = parse_typed_filter(filter, collection.attribute_types)
    types = sorted(collection.attribute_types.items())
    if not counts:
        return AttributesPage(items=[_out(name, type) for name, type in types])
    cards = some_attributes(collection, services, MAX_COUNTED)
    if where.conditions:
        cards = [card for card in cards if where.matches(card)]
    values = count_values(cards, collection.attribute_types)
    items = [_with_counts(_out(name, type), values[name]) for name, type in types]
    return AttributesPage(items=items, counted_items=len(cards))


@router.patch("", status_code=202, response_model=JobOut)
def change_attributes(
    body: AttributesPatch, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Change the types of attributes. A job reads all values again. Values that do not fit their
    new type stay as they are, and are listed as the job's failures. The attribute that the
    collection is grouped by cannot become a `list` or an `object`.
    """
    if len(collection.attribute_types.keys() | body.types) > MAX_ATTRIBUTES:
        raise InvalidInput(f"types: a collection may have at most {MAX_ATTRIBUTES:,} attributes")
    collection.check_new_types(body.types)
    ensure_queue_capacity(services)
    args = ChangeAttributesArgs(types=body.types).model_dump(mode="json")
    new = NewJob(kind=JobKind.CHANGE_ATTRIBUTES, collection=collection.name, args=args)
    return JobResponse(services.dispatcher.submit(new), request, services)


def _out(name: str, type: AttributeType) -> AttributeOut:
    source = AttributeSource.IMAGES if name == SEEN_COLOUR else AttributeSource.REQUESTS
    return AttributeOut(name=name, type=type, source=source)


def _with_counts(attribute: AttributeOut, counts: ValueCounts) -> AttributeOut:
    values = None
    if (choices := counts.choices) is not None:
        values = [ValueCount(value=value, items=items) for value, items in choices]
    update = {"values": values, "least": counts.least, "greatest": counts.greatest}
    return attribute.model_copy(update=update)
