"""Items that may be there twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import CollectionDep, Services, ServicesDep
from api.schemas.duplicates import DuplicateGroupOut, DuplicateItemOut, DuplicatesPage
from api.schemas.parameters import CursorQuery, Limit
from api.services.cursors import parse_start
from api.services.urls import image_url
from api.services.visibility import find_unavailable, sees_hidden
from core.batching import batched
from core.dismissals import DistinctItems
from core.domain import Availability
from core.duplicates import DuplicateGroup, DuplicateKind
from core.storage import Collection, Item

router = APIRouter(prefix="/v1/collections/{c}/duplicates", tags=["items"])

KindQuery = Annotated[
    DuplicateKind | None,
    Query(description="Only groups of this kind.", examples=[DuplicateKind.SAME_PICTURE]),
]


@router.get("")
def list_duplicates(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    kind: KindQuery = None,
    limit: Annotated[Limit, Query(le=200)] = 50,
    cursor: CursorQuery = None,
) -> DuplicatesPage:
    """List groups of items that show the same picture (`same_picture`: perhaps cropped, turned,
    mirrored or recompressed), very probably the same product (`same_product`), or the same photo or
    shape in another colour (`variants`: candidates, not certain). They are found after every import
    by the job that updates similar lists. What was dismissed is left out. So are deleted items and
    images, and hidden items for keys with the role `read`.
    """
    duplicates = services.duplicates(collection).current()
    all_groups = enumerate(duplicates.groups if duplicates else ())
    start = parse_start(cursor)
    groups = [row for row in all_groups if row[0] >= start and kind in {None, row[1].kind}]
    rows = _rows(groups, limit + 1, collection, request, services)
    page = list(islice(rows, limit + 1))
    return DuplicatesPage(
        items=[group for _, group in page[:limit]],
        found_at=duplicates.found_at if duplicates else None,
        next_cursor=str(page[limit][0]) if len(page) > limit else None,
    )


def _rows(
    groups: Iterable[tuple[int, DuplicateGroup]],
    batch_size: int,
    collection: Collection,
    request: Request,
    services: Services,
) -> Iterator[tuple[int, DuplicateGroupOut]]:
    """Yield the groups of which at least two items are left, each with its position.

    Positions count all groups, so that a dismissal or a deletion does not move the next page.
    """
    distinct = DistinctItems(services.dismissals(collection).read())
    left = (row for row in groups if len(distinct.duplicates(row[1].skus)) > 1)
    for batch in batched(left, batch_size):
        visible = _visible_items([group for _, group in batch], collection, services)
        for position, group in batch:
            row = _to_group(group, visible, distinct, collection.name, request)
            if len(row.members) > 1:
                yield position, row


def _visible_items(
    groups: Sequence[DuplicateGroup], collection: Collection, services: Services
) -> dict[str, Item]:
    """Return the items of these groups that exist and that the current key sees."""
    existing = services.items(collection).find({sku for group in groups for sku in group.skus})
    if sees_hidden():
        return existing
    states = find_unavailable([*existing], collection, services)
    return {
        sku: item for sku, item in existing.items() if states.get(sku) is not Availability.HIDDEN
    }


def _to_group(
    group: DuplicateGroup,
    visible: Mapping[str, Item],
    distinct: DistinctItems,
    collection: str,
    request: Request,
) -> DuplicateGroupOut:
    images = {
        member.sku: image
        for member in group.members
        if member.sku in visible and (image := visible[member.sku].find_image(member.view))
    }
    duplicates = distinct.duplicates(images)
    return DuplicateGroupOut(
        kind=group.kind,
        members=[
            DuplicateItemOut(
                sku=member.sku,
                view=member.view,
                score=member.score,
                image_url=image_url(
                    request, collection, member.sku, member.view, images[member.sku].sha256
                ),
            )
            for member in group.members
            if member.sku in duplicates
        ],
    )
