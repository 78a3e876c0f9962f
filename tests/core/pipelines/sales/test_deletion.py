"""Deleted sales do not come back, and files sent after a deletion stay."""

import pytest

from core.errors import Conflict
from core.jobs import JobKind
from core.pipelines.sales.delete import delete_sales
from core.pipelines.sales.import_sales import import_sales
from core.pipelines.sales.leftovers import drop_incomplete_uploads
from core.pipelines.services import no_heartbeat
from core.storage.sales import ORDER_LINES
from tests.support.sales import as_csv, order_lines
from tests.support.trainable_shop import create_job, stage_upload

pytestmark = pytest.mark.stack

ROWS = order_lines(users=5, seed=9)


def send(services):
    upload = stage_upload(services, "file", as_csv(ROWS))
    return create_job(services, JobKind.IMPORT_SALES, upload=upload, filename="sales.csv")


def delete(job, services):
    return delete_sales(job, services, no_heartbeat)


def upload_ids(services, shop):
    return [upload.id for upload in services.sales(shop.collection).uploads()]


def test_a_file_sent_before_the_deletion_of_all_sales_is_not_imported_after_it(services, shop):
    job = send(services)
    delete(create_job(services, JobKind.DELETE_SALES), services)
    with pytest.raises(Conflict, match="send it again"):
        import_sales(job, services, no_heartbeat)
    assert services.sales(shop.collection).ids() == []
    assert services.files.list_tree("uploads") == []


def test_a_deletion_in_the_middle_of_an_import_ends_it(services, shop):
    deletions = []

    def heartbeat(stage=None):
        if not deletions:
            deletions.append(delete(create_job(services, JobKind.DELETE_SALES), services))

    with pytest.raises(Conflict, match="were deleted after this file was sent"):
        import_sales(send(services), services, heartbeat)
    assert deletions[0].done == 2
    assert services.sales(shop.collection).ids() == []


def test_a_file_sent_after_the_deletion_stays_even_if_it_is_imported_first(services, shop):
    deletion = create_job(services, JobKind.DELETE_SALES)
    job = send(services)
    import_sales(job, services, no_heartbeat)
    assert delete(deletion, services).done == 2
    assert upload_ids(services, shop) == [job.id]


def test_an_upload_deleted_before_its_import_job_ended_does_not_come_back(services, shop):
    job = send(services)
    services.ledger.claim(job.id)
    import_sales(job, services, no_heartbeat)  # the worker dies before it commits the step
    delete(create_job(services, JobKind.DELETE_SALES, upload=job.id), services)
    assert services.ledger.get(job.id).cancel_requested
    assert upload_ids(services, shop) == [shop.first, shop.second]


def test_order_lines_without_a_report_are_deleted_once_their_import_has_ended(services, shop):
    job = send(services)
    store = services.sales(shop.collection)
    with store.open_write(job.id, ORDER_LINES) as file:
        file.write(b"half")
    drop_incomplete_uploads(shop.collection, services)
    assert job.id in store.ids()
    services.ledger.cancel(job.id)
    drop_incomplete_uploads(shop.collection, services)
    assert store.ids() == sorted([shop.first, shop.second])
