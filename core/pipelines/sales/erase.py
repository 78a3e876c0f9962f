"""Sales go: those of one upload, all of them, or those of one customer."""

from contextlib import suppress

from core.errors import NotFound
from core.jobs import DeleteSalesArgs, EraseUserArgs, Job, Outcome
from core.pipelines.services import Report, Services
from core.pipelines.training_requests import ask_for_training
from core.sales.order_lines import names_user, without_user
from core.storage import SalesFiles, SalesUpload
from core.storage.sales import LEDGER, REJECTS


def delete_sales(job: Job, services: Services, report: Report) -> Outcome:
    """Remove one upload, or all; the lists follow by a training.

    Raises:
        NotFound: the collection is gone.
    """
    collection = services.collection(job)
    sales = services.sales(collection)
    wanted = DeleteSalesArgs.model_validate(job.args).upload
    uploads = [one.id for one in sales.uploads() if wanted in {None, one.id}]
    with services.locks.changing(collection.name):
        raise_revision(sales)
        for upload in uploads:
            sales.remove(upload)
            report()
    training = ask_for_training(collection.name, services)
    return Outcome(done=len(uploads), total=len(uploads), result={"training": training})


def erase_user(job: Job, services: Services, report: Report) -> Outcome:
    """Take a customer out of the sales, the lists and what is cached; a training follows.

    Raises:
        NotFound: the collection is gone.
    """
    collection = services.collection(job)
    sales = services.sales(collection)
    upload = EraseUserArgs.model_validate(job.args).upload
    rows = 0
    with suppress(NotFound), services.uploads.opened(upload) as file:
        # not there: a delivery before this one has erased, and then died
        user = file.read().decode()
        for one in sales.uploads():
            with services.locks.changing(collection.name):
                rows += _erased(sales, one, user)
            report()
        with services.locks.changing(collection.name):
            _erase_lists(sales, collection.name, user, services)
            raise_revision(sales)
    services.uploads.discard(upload)
    training = ask_for_training(collection.name, services)
    return Outcome(done=1, total=1, result={"rows": rows, "training": training})


def raise_revision(sales: SalesFiles) -> None:
    """What is being learned now must not be published, nor learned by others."""
    for generation in sales.generations():
        sales.drop_material(generation)
    now = sales.recommender()
    sales.put_recommender(now.model_copy(update={"revision": now.revision + 1}))


def _erased(sales: SalesFiles, upload: SalesUpload, user: str) -> int:
    with sales.writing(upload.id, REJECTS) as rejects:  # its rows may name the customer
        rejects.write(b"line,reason,text\n")
    with sales.reading(upload.id, LEDGER) as ledger:
        if not names_user(ledger, user):
            return 0
    if upload.digest:  # the file would bring the customer back: it is not the same any more
        sales.put(upload.model_copy(update={"digest": ""}))
    with sales.rewriting(upload.id, LEDGER) as (before, after):
        return without_user(before, after, user)


def _erase_lists(sales: SalesFiles, collection: str, user: str, services: Services) -> None:
    for generation in sales.generations():
        services.lists.drop_user(collection, generation, user)
        for block in sales.blocks(generation):
            rows = list(sales.read_lists(generation, block))
            kept = [row for row in rows if row[0] != user]
            if len(kept) < len(rows):
                sales.write_lists(generation, block, kept)
