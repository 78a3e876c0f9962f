"""What a shop has accepted: items that are not duplicates, images that are fine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.dismissals import DismissalIn, DismissalOut, DismissalsPage
from api.schemas.parameters import CursorQuery, Limit
from api.services.cursors import dismissal_cursor, parse_dismissal_cursor
from api.services.image_health import read_all_images
from core.dismissals import Dismissal, dismiss_duplicates, dismiss_image
from core.errors import Conflict, InvalidInput, NotFound
from core.storage import Collection
from core.storage.dismissals import DismissalStore

router = APIRouter(prefix="/v1/collections/{c}/dismissals", tags=["items"])

_ID = "b1946ac92492d234"
DismissalPath = Annotated[str, Path(description="The id of a dismissal.", examples=[_ID])]
_UNKNOWN_ITEM = NotFound("item 'A-12' does not exist")
_TOO_MANY = Conflict("a collection has at most 10,000 dismissals; delete some")
_UNKNOWN = NotFound(f"there is no dismissal {_ID!r}")


@router.get("")
def list_dismissals(
    collection: CollectionDep,
    services: ServicesDep,
    limit: Annotated[Limit, Query(le=500)] = 50,
    cursor: CursorQuery = None,
) -> DismissalsPage:
    """List what was dismissed, the newest first."""
    last = parse_dismissal_cursor(cursor)
    entries = services.dismissals(collection).read().entries
    rows = [entry for entry in entries if last is None or entry.place < last]
    rows.sort(key=lambda entry: entry.place, reverse=True)
    page = rows[:limit]
    return DismissalsPage(
        items=[DismissalOut.model_validate(entry) for entry in page],
        next_cursor=dismissal_cursor(page[-1].place) if len(rows) > limit else None,
    )


@router.post("", responses=problem_responses(_UNKNOWN_ITEM, _TOO_MANY, DISK_FULL))
def dismiss(body: DismissalIn, collection: CollectionDep, services: ServicesDep) -> DismissalOut:
    """Say that items are not duplicates of each other or of others, or that an image is fine. They
    are then no longer listed as duplicates (of any kind) or as an image with problems, also after
    updates. An image is listed again if other problems are found, or once another image replaces
    it.
    """
    dismissal = _dismissal(body, collection, services)
    with _locked(collection, services) as store:
        store.add(dismissal)
    return DismissalOut.model_validate(dismissal)


@router.delete(
    "/{dismissal}",
    status_code=204,
    response_description="The duplicates or the image are listed again.",
    responses=problem_responses(_UNKNOWN, DISK_FULL),
)
def take_back(dismissal: DismissalPath, collection: CollectionDep, services: ServicesDep) -> None:
    """Take a dismissal back."""
    with _locked(collection, services) as store:
        store.remove(dismissal)


@contextmanager
def _locked(collection: Collection, services: Services) -> Iterator[DismissalStore]:
    """Hold the collection's lock, which the changes of the store need."""
    with services.locks.exclusive(collection.name) as check_lock:
        store = services.dismissals(services.reload_collection(collection))
        check_lock()
        yield store


def _dismissal(body: DismissalIn, collection: Collection, services: Services) -> Dismissal:
    """Return what a request dismisses.

    Raises:
        NotFound: an item or the image does not exist.
        InvalidInput: nothing is wrong with the image.
    """
    now = datetime.now(UTC)
    if body.view is None:
        _check_exist([*body.skus, *body.others], collection, services)
        return dismiss_duplicates(body.skus, now, body.others)
    (sku,) = set(body.skus)
    images = read_all_images(collection, services)
    image = next((row for row in images if (row.sku, row.view) == (sku, body.view)), None)
    if image is None:
        raise NotFound(f"item {sku!r} has no image {body.view[:80]!r}")
    if not image.problems:
        raise InvalidInput(f"view: nothing is wrong with the image {image.view!r} of item {sku!r}")
    return dismiss_image(sku, image.view, image.file, image.problems, now)


def _check_exist(skus: list[str], collection: Collection, services: Services) -> None:
    existing = services.items(collection).find(skus)
    if missing := [sku for sku in skus if sku not in existing]:
        raise NotFound(f"item {missing[0]!r} does not exist")
