"""Items: list, read, change, delete."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.items import ImageOut, ItemOut, ItemPatch, ItemsPage
from api.schemas.parameters import AvailabilityQuery, CursorQuery, Filter, Limit, SkuPath, SkusQuery
from api.services.cursors import parse_item_cursor
from api.services.filter_hints import explain_filter
from api.services.selection import parse_skus
from api.services.urls import image_url
from api.services.visibility import (
    VisibleItem,
    WantedItems,
    find_item,
    find_unavailable,
    list_items,
)
from core.attributes import check_attributes, check_not_seen, learn_and_read
from core.domain import Availability
from core.errors import Unavailable
from core.filters.typed import parse_typed_filter
from core.item_availability import write_availability
from core.storage import Collection, ItemChange

router = APIRouter(prefix="/v1/collections/{c}/items", tags=["items"])


@router.get("")
def list_page(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    limit: Annotated[Limit, Query(le=500)] = 50,
    cursor: CursorQuery = None,
    filter: Annotated[Filter, Query()] = None,
    availability: AvailabilityQuery = None,
    skus: SkusQuery = "",
) -> ItemsPage:
    """List items, page by page. Hidden items are left out for keys with the role `read`."""
    where = parse_typed_filter(filter, collection.attribute_types)
    query = WantedItems(availability, where, parse_skus("skus", skus) or None)
    rows, next_cursor = list_items(
        collection, services, query, cursor=parse_item_cursor(cursor), limit=limit
    )
    nothing_matches = not rows and cursor is None and where.conditions
    return ItemsPage(
        items=[_out(row, collection, request) for row in rows],
        next_cursor=next_cursor,
        hint=explain_filter(where, collection, services) if nothing_matches else None,
    )


@router.get("/{sku:path}")
def get(
    sku: SkuPath, collection: CollectionDep, request: Request, services: ServicesDep
) -> ItemOut:
    """Get an item. For keys with the role `read`, a hidden item does not exist."""
    return _out(find_item(sku, collection, services), collection, request)


@router.patch("/{sku:path}", responses=problem_responses(DISK_FULL))
def change(
    sku: SkuPath,
    body: ItemPatch,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
) -> ItemOut:
    """Set attributes of an item, its availability, or both. Other attributes remain; null removes
    an attribute.
    """
    check_not_seen(body.attributes)
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        items = services.items(current)
        before = items.get(sku)
        types, attributes = learn_and_read(body.attributes, current.attribute_types)
        sequence = services.ledger.next_sequence()
        (update,) = items.merge([ItemChange(sku, sequence, attributes=attributes)])
        item = update.after or before
        check_attributes(item.own_attributes)
        if update.content_changed:
            services.dispatcher.record_changes(collection.name, [sku])
        check_lock()
        if services.collections.set_types(current.name, types) != current:
            services.definitions.forget(current.name)
        if update.content_changed or _older_requests_may_write(services, collection):
            items.write([update], check_lock)
            with suppress(Unavailable):  # the job that applies the recorded change does it, too
                services.item_cache.put_cards(collection.name, [item])
        if body.availability:
            states, cache = {sku: body.availability}, services.item_cache
            sequence = services.ledger.next_sequence()
            write_availability(current, states, sequence, services, cache, check_lock)
    state = find_unavailable([sku], collection, services).get(sku, Availability.IN_STOCK)
    return _out(VisibleItem(item, state), collection, request)


def _older_requests_may_write(services: Services, collection: Collection) -> bool:
    return services.uploads.has_others("") or services.ledger.has_bulk_jobs(collection.name)


@router.delete(
    "/{sku:path}",
    status_code=204,
    response_description="The item is deleted.",
    responses=problem_responses(DISK_FULL),
)
def delete(sku: SkuPath, collection: CollectionDep, services: ServicesDep) -> None:
    """Delete an item. Searches and lists omit the item immediately."""
    with services.locks.exclusive(collection.name) as check_lock:
        items = services.items(services.reload_collection(collection))
        if not items.exists(sku):
            items.get(sku)  # raises the error for a missing item
        services.files.check()  # if the store or the cache fails, the item stays and is not hidden
        sequence = services.dispatcher.record_changes(collection.name, [sku]).sequence
        services.lists.hide(collection.name, sku)
        services.item_cache.remove(collection.name, [sku])
        services.similar.drop_lists(collection.name, [sku])
        items.write(items.merge([ItemChange.deletion(sku, sequence)]), check_lock)


def _out(row: VisibleItem, collection: Collection, request: Request) -> ItemOut:
    item = row.item
    images = [
        ImageOut(
            url=image_url(request, collection.name, item.sku, image.view, image.sha256),
            **dict(image),
        )
        for image in item.images
    ]
    fields = item.model_dump(include={"sku", "attributes", "created_at", "updated_at"})
    return ItemOut(images=images, availability=row.availability, **fields)
