"""Items that may be there twice."""

from collections.abc import Iterable, Iterator, Mapping
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

_MAX_GROUPS = 2000
"""A page looks at no more groups than this, so that requests for mostly hidden items end soon."""
_STATE_BATCH = 200
_MIN_BATCH = 50

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
    mirrored or recompressed), perhaps the same product (`same_product`), or the same photo or
    shape in another colour (`variants`: candidates, not certain). They are found after every import
    by the job that updates similar lists. What was dismissed is left out. So are deleted items and
    images, and hidden items for keys with the role `read`. A page may have fewer groups than
    `limit`, even none, although there is a next page.
    """
    duplicates = services.duplicates(collection).current()
    all_groups = enumerate(duplicates.groups if duplicates else ())
    start = parse_start(cursor)
    groups = [row for row in all_groups if row[0] >= start and kind in {None, row[1].kind}]
    rows = _rows(groups[:_MAX_GROUPS], max(limit + 1, _MIN_BATCH), collection, request, services)
    page = list(islice(rows, limit + 1))
    next_positions = [position for position, _ in (*page[limit:], *groups[_MAX_GROUPS:])]
    return DuplicatesPage(
        items=[group for _, group in page[:limit]],
        found_at=duplicates.found_at if duplicates else None,
        next_cursor=str(next_positions[0]) if next_positions else None,
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
    visible = groups if sees_hidden() else _without_hidden(groups, collection, services)
    left = (row for row in visible if len(distinct.duplicates(row[1].skus)) > 1)
    for batch in batched(left, batch_size):
        skus = {sku for _, group in batch for sku in group.skus}
        items = services.items(collection).find(skus)
        for position, group in batch:
            row = _to_group(group, items, distinct, collection.name, request)
            if len(row.members) > 1:
                yield position, row


def _without_hidden(
    groups: Iterable[tuple[int, DuplicateGroup]], collection: Collection, services: Services
) -> Iterator[tuple[int, DuplicateGroup]]:
    """Leave hidden members out; the cache knows them, so that no hidden items are read."""
    for batch in batched(groups, _STATE_BATCH):
        skus = {sku for _, group in batch for sku in group.skus}
        states = find_unavailable([*skus], collection, services)
        hidden = {sku for sku, state in states.items() if state is Availability.HIDDEN}
        for position, group in batch:
            yield position, group.without(hidden)


def _to_group(
    group: DuplicateGroup,
    items: Mapping[str, Item],
    distinct: DistinctItems,
    collection: str,
    request: Request,
) -> DuplicateGroupOut:
    images = {
        member.sku: image
        for member in group.members
        if member.sku in items and (image := items[member.sku].find_image(member.view))
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
