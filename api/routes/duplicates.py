"""Items that may be there twice."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import CollectionDep, Services, ServicesDep
from api.schemas.duplicates import DuplicateGroupOut, DuplicateItemOut, DuplicatesPage
from api.schemas.parameters import CursorQuery, Limit
from api.services.cursors import parse_start
from api.services.urls import image_url
from api.services.visibility import find_unavailable, sees_hidden
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
    images, and hidden items for keys with the role `read`; a page may therefore have fewer groups
    than `limit`.
    """
    duplicates = services.duplicates(collection).current()
    groups = (
        [group for group in duplicates.groups if kind in {None, group.kind}] if duplicates else []
    )
    distinct = DistinctItems(services.dismissals(collection).read())
    positions = list(islice(_positions(groups, parse_start(cursor), distinct), limit + 1))
    page = [groups[position] for position in positions[:limit]]
    visible = _visible_items(page, collection, services)
    rows = [_to_group(group, visible, distinct, collection.name, request) for group in page]
    return DuplicatesPage(
        items=[row for row in rows if len(row.members) > 1],
        found_at=duplicates.found_at if duplicates else None,
        next_cursor=str(positions[limit]) if len(positions) > limit else None,
    )


def _positions(
    groups: Sequence[DuplicateGroup], start: int, distinct: DistinctItems
) -> Iterator[int]:
    """Yield the positions, from `start` on, of the groups that were not dismissed.

    They count dismissed groups, too, so that a dismissal does not move the next page.
    """
    for position, group in enumerate(groups[start:], start):
        if len(distinct.duplicates({member.sku for member in group.members})) > 1:
            yield position


def _visible_items(
    groups: Sequence[DuplicateGroup], collection: Collection, services: Services
) -> dict[str, Item]:
    """Return the items of these groups that exist and that the current key sees."""
    skus = {member.sku for group in groups for member in group.members}
    existing = services.items(collection).find(skus)
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
