"""Deletes order lines that are older than the retention period, and requests training."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core.errors import NotFound
from core.pipelines.sales.revision import raise_revision
from core.pipelines.services import Services
from core.pipelines.training_requests import request_training
from core.sales.parquet_files import copy_since, time_range
from core.storage import Collection, SalesStore
from core.storage.sales import ORDER_LINES

_NEVER = (datetime.max.replace(tzinfo=UTC),) * 2


def drop_outdated(services: Services, max_age: timedelta, now: datetime | None = None) -> list[str]:
    """Delete order lines older than `max_age`; return the ids of the new training jobs."""
    oldest = (now or datetime.now(UTC)) - max_age
    jobs = []
    for collection in services.collections.all():
        with suppress(NotFound):  # deleted meanwhile
            if _drop_from_collection(collection, oldest, services):
                jobs.append(request_training(collection.name, services, at_once=True))
    return jobs


def _drop_from_collection(collection: Collection, oldest: datetime, services: Services) -> bool:
    """Delete a collection's outdated order lines; return whether there were any."""
    store = services.sales(collection)
    outdated = [up.id for up in store.uploads() if _time_range(store, up.id)[0] < oldest]
    if outdated:
        with services.locks.exclusive(collection.name):
            services.reload_collection(collection)
            # first, since a running training job has learned from these order lines
            raise_revision(services.generations(collection))
    for upload_id in outdated:
        with services.locks.exclusive(collection.name):
            services.reload_collection(collection)
            _drop_from_upload(store, upload_id, oldest)
    return bool(outdated)


def _time_range(store: SalesStore, upload_id: str) -> tuple[datetime, datetime]:
    """Return the times of the oldest and newest row; `_NEVER` for an empty or deleted upload."""
    with suppress(NotFound), store.open_read(upload_id, ORDER_LINES) as file:
        return time_range(file) or _NEVER
    return _NEVER


def _drop_from_upload(store: SalesStore, upload_id: str, oldest: datetime) -> None:
    """Rewrite an upload without its old rows; delete the upload if no row is left."""
    first, last = _time_range(store, upload_id)
    if last < oldest:
        store.remove(upload_id)
    elif first < oldest:
        with store.replace(upload_id, ORDER_LINES) as (source, target):
            copy_since(source, target, oldest)
