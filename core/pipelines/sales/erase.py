"""Deletes one sales upload, all sales uploads, or all sales of one user."""

from contextlib import suppress

from core.errors import NotFound
from core.jobs import DeleteSalesArgs, EraseUserArgs, Job, Outcome
from core.pipelines.services import Heartbeat, Services
from core.pipelines.training_requests import request_training
from core.sales.parquet_files import contains_user, copy_without_user
from core.storage import Collection, GenerationStore, SalesStore, SalesUpload
from core.storage.sales import ORDER_LINES, REJECTS


def delete_sales(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Delete one upload or all uploads, and request training, which updates the lists."""
    collection = services.collection(job)
    store = services.sales(collection)
    only = DeleteSalesArgs.model_validate(job.args).upload
    upload_ids = [upload.id for upload in store.uploads() if only in {None, upload.id}]
    with services.locks.exclusive(collection.name):
        raise_revision(services.generations(collection))
        for upload_id in upload_ids:
            store.remove(upload_id)
            heartbeat()
    training = request_training(collection.name, services)
    count = len(upload_ids)
    return Outcome(done=count, total=count, result={"training": training})


def erase_user(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Erase a user from the sales, the lists and the cache, and request training."""
    collection = services.collection(job)
    store = services.sales(collection)
    name_upload = EraseUserArgs.model_validate(job.args).upload
    rows = 0
    # NotFound: an earlier run of this job has erased the user, then died
    with suppress(NotFound), services.uploads.open(name_upload) as file:
        user = file.read().decode()
        for upload in store.uploads():
            with services.locks.exclusive(collection.name):
                rows += _erase_from_upload(store, upload, user)
            heartbeat()
        with services.locks.exclusive(collection.name):
            _erase_from_lists(collection, user, services)
            raise_revision(services.generations(collection))
    services.uploads.discard(name_upload)
    training = request_training(collection.name, services)
    return Outcome(done=1, total=1, result={"rows": rows, "training": training})


def raise_revision(generations: GenerationStore) -> None:
    """Prevent running training jobs from publishing lists or continuing on other workers."""
    for generation in generations.ids():
        generations.drop_snapshot(generation)
    recommender = generations.recommender()
    update = {"revision": recommender.revision + 1}
    generations.put_recommender(recommender.model_copy(update=update))


def _erase_from_upload(store: SalesStore, upload: SalesUpload, user: str) -> int:
    """Return the number of erased rows."""
    with store.open_write(upload.id, REJECTS) as rejects:  # rejected rows may name the user
        rejects.write(b"line,reason,text\n")
    with store.open_read(upload.id, ORDER_LINES) as file:
        if not contains_user(file, user):
            return 0
    if upload.digest:  # no longer the same file; the original would bring the user back
        store.put(upload.model_copy(update={"digest": ""}))
    with store.replace(upload.id, ORDER_LINES) as (source, target):
        return copy_without_user(source, target, user)


def _erase_from_lists(collection: Collection, user: str, services: Services) -> None:
    generations = services.generations(collection)
    for generation in generations.ids():
        services.lists.drop_user(collection.name, generation, user)
        for block in generations.user_blocks(generation):
            rows = list(generations.read_lists(generation, block))
            others = [row for row in rows if row[0] != user]
            if len(others) < len(rows):
                generations.write_lists(generation, block, others)
