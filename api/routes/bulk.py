"""Changes and deletions of all items that match a filter."""

from fastapi import APIRouter, Request, Response

from api.dependencies import CollectionDep, Services, ServicesDep
from api.schemas.items import ItemsPatch
from api.schemas.jobs import JobOut
from api.schemas.parameters import DryRunQuery, FilterQuery
from api.services.job_responses import JobResponse, ensure_queue_capacity
from core.attributes import check_attributes, learn_and_read
from core.errors import InvalidInput
from core.filters.typed import parse_typed_filter
from core.jobs import ChangeItemsArgs, DeleteItemsArgs, Job, JobKind, NewJob
from core.storage import Collection

router = APIRouter(prefix="/v1/collections/{c}/items", tags=["items"])


@router.patch("", status_code=202, response_model=JobOut)
def change_items(
    filter: FilterQuery,
    body: ItemsPatch,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    dry_run: DryRunQuery = False,
) -> Response:
    """Set attributes of all items that match a filter. The job's `result` has the number of items
    that match, and the number of items that change.
    """
    _check_filter(filter, collection)
    _check_attributes(body, collection)
    args = ChangeItemsArgs(filter=filter, attributes=body.attributes, dry_run=dry_run)
    job = _submit(JobKind.CHANGE_ITEMS, args, collection, services)
    return JobResponse(job, request, services)


@router.delete("", status_code=202, response_model=JobOut)
def delete_items(
    filter: FilterQuery,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    dry_run: DryRunQuery = False,
) -> Response:
    """Delete all items that match a filter. The job's `result` has the number of items that match,
    and the number of items deleted.
    """
    _check_filter(filter, collection)
    args = DeleteItemsArgs(filter=filter, dry_run=dry_run)
    job = _submit(JobKind.DELETE_ITEMS, args, collection, services)
    return JobResponse(job, request, services)


def _check_filter(filter: str, collection: Collection) -> None:
    parsed = parse_typed_filter(filter, collection.attribute_types)
    if not parsed.conditions:
        raise InvalidInput("filter: give at least one condition; {} would match all items")
    for name in sorted(parsed.matched_without - collection.attribute_types.keys()):
        raise InvalidInput(
            f"filter: no item has the attribute {name!r}, so this filter could match all items; "
            "correct the name, or leave the condition out"
        )


def _check_attributes(body: ItemsPatch, collection: Collection) -> None:
    """Check that the values fit the types of their attributes."""
    if not body.attributes:
        raise InvalidInput("attributes: give at least one attribute")
    learn_and_read(check_attributes(body.attributes), collection.attribute_types)


def _submit(
    kind: JobKind,
    args: ChangeItemsArgs | DeleteItemsArgs,
    collection: Collection,
    services: Services,
) -> Job:
    ensure_queue_capacity(services)
    new = NewJob(kind=kind, collection=collection.name, args=args.model_dump())
    return services.dispatcher.submit(new)
