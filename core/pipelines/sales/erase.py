"""Erases a user from sales, lists and cache; later imports leave the user out, too."""

from contextlib import suppress
from typing import Any

from core.errors import Conflict, NotFound
from core.jobs import EraseUserArgs, Job, Outcome
from core.pipelines.sales.leftovers import drop_leftovers
from core.pipelines.sales.rejects import clear_rejects
from core.pipelines.sales.revision import raise_revision
from core.pipelines.services import Heartbeat, Services
from core.pipelines.training_requests import request_training
from core.sales.parquet_files import contains_user, copy_without_user
from core.storage import Collection, Erasure, SalesStore
from core.storage.sales import ORDER_LINES

NOT_FOUND = (
    "no sales of this customer were found; check that the name is spelled as in the sales file. "
    "Later imports will leave out this customer"
)


def erase_user(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Erase a user from the sales, the lists and the cache, and request training.

    The erasure is remembered: imports leave out the user's older order lines from now on.
    """
    collection = services.collection(job)
    name_upload = EraseUserArgs.model_validate(job.args).upload
    user = _read_name(name_upload, services)
    result: dict[str, Any] = {"rows": 0}
    if user is not None:
        result = _erase(user, job, collection, services, heartbeat)
    services.uploads.discard(name_upload)
    result["training"] = request_training(collection.name, services, at_once=True)
    return Outcome(done=1, total=1, result=result)


def _read_name(upload: str, services: Services) -> str | None:
    """Return the user's name; None if an earlier run of the job has erased the user, then died."""
    try:
        with services.uploads.open(upload) as file:
            return file.read().decode()
    except NotFound:
        return None


def _erase(
    user: str, job: Job, collection: Collection, services: Services, heartbeat: Heartbeat
) -> dict[str, Any]:
    """Return the number of erased rows, and a warning if there were none."""
    store, rows = services.sales(collection), 0
    with services.locks.exclusive(collection.name):
        services.reload_collection(collection)
        erasure = Erasure(at=job.created_at, sequence=job.sequence)
        is_first_run = services.erasures(collection).record(user, erasure)
        drop_leftovers(collection, services)
    for upload_id in store.ids():
        with services.locks.exclusive(collection.name):
            rows += _erase_from_upload(store, upload_id, user)
        heartbeat()
    with services.locks.exclusive(collection.name):
        raise_revision(services.generations(collection))
        _erase_from_lists(collection, user, services)
    return {"rows": rows} if rows or not is_first_run else {"rows": 0, "warning": NOT_FOUND}


def _erase_from_upload(store: SalesStore, upload_id: str, user: str) -> int:
    """Return the number of erased rows; 0 if the upload has been deleted."""
    clear_rejects(store, upload_id)
    with suppress(NotFound):
        with store.open_read(upload_id, ORDER_LINES) as file:
            if not contains_user(file, user):
                return 0
        _clear_digest(store, upload_id)
        with store.replace(upload_id, ORDER_LINES) as (source, target):
            return copy_without_user(source, target, user)
    return 0


def _clear_digest(store: SalesStore, upload_id: str) -> None:
    """Record that an upload no longer matches the file from which it was imported."""
    with suppress(Conflict):  # the report is damaged
        upload = store.find(upload_id)
        if upload and upload.digest:
            store.put(upload.model_copy(update={"digest": ""}))


def _erase_from_lists(collection: Collection, user: str, services: Services) -> None:
    generations = services.generations(collection)
    for generation in generations.ids():
        services.lists.drop_user(collection.name, generation, user)
        for block in generations.user_blocks(generation):
            with suppress(NotFound):  # a training run drops an incomplete generation
                rows = list(generations.read_lists(generation, block))
                others = [row for row in rows if row[0] != user]
                if len(others) < len(rows):
                    generations.write_lists(generation, block, others)
