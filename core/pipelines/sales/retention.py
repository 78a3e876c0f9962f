"""Sales that are older than the shop wants to keep them go; a training follows."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core.errors import NotFound
from core.pipelines.sales.erase import raise_revision
from core.pipelines.services import Services
from core.pipelines.training_requests import ask_for_training
from core.sales.order_lines import first_and_last, without_before
from core.storage import Collection, SalesFiles
from core.storage.sales import LEDGER

_NEVER = (datetime.max.replace(tzinfo=UTC),) * 2


def drop_outdated(
    services: Services, older_than: timedelta, now: datetime | None = None
) -> list[str]:
    """Drop order lines that are too old; return the trainings that follow."""
    oldest = (now or datetime.now(UTC)) - older_than
    trainings = []
    for collection in services.collections.all():
        with suppress(NotFound):  # deleted meanwhile
            if _dropped(collection, oldest, services):
                trainings.append(ask_for_training(collection.name, services))
    return trainings


def _dropped(collection: Collection, oldest: datetime, services: Services) -> bool:
    sales = services.sales(collection)
    old = [one.id for one in sales.uploads() if _first_and_last(sales, one.id)[0] < oldest]
    if old:
        with services.locks.changing(collection.name):
            services.still_there(collection)
            raise_revision(sales)  # first: what learns from them now is not to be published
    for upload in old:
        with services.locks.changing(collection.name):
            services.still_there(collection)
            _drop(sales, upload, oldest)
    return bool(old)


def _first_and_last(sales: SalesFiles, upload: str) -> tuple[datetime, datetime]:
    """Of an upload; one that is not there any more, or has nothing left, is not old."""
    with suppress(NotFound), sales.reading(upload, LEDGER) as ledger:
        return first_and_last(ledger) or _NEVER
    return _NEVER


def _drop(sales: SalesFiles, upload: str, oldest: datetime) -> None:
    """Write an upload again without its old lines; where none is left, it goes as a whole."""
    first, last = _first_and_last(sales, upload)
    if last < oldest:
        sales.remove(upload)
    elif first < oldest:
        with sales.rewriting(upload, LEDGER) as (before, after):
            without_before(before, after, oldest)
