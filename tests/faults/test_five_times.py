"""The same image, request or message five times has the same effect as once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from celery import Celery

from core.connections.urls import celery_broker_url
from core.jobs import JobKind
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, zip_of_images
from tests.support.stack_data import main_views, staged_uploads, vector_keys

pytestmark = pytest.mark.stack
TIMES = 5


def call_in_parallel(call):
    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(lambda _: call(), range(TIMES)))


def publish_again(stack, job_id, kind):
    """Send the queue message of a job five more times."""
    celery = Celery(broker=celery_broker_url(stack.settings.redis)[0])
    for _ in range(TIMES):
        celery.send_task(kind.value, args=[job_id], queue=kind.queue)


def test_the_same_image_five_times_at_once_is_stored_once(stack, shop):
    jobs = call_in_parallel(lambda: shop.ingest([("1.jpg", jpeg(1))]))
    assert {job["state"] for job in jobs} == {"succeeded"}
    assert vector_keys(stack, shop) == main_views([1])
    assert (shop.counts(), len(shop.matches(jpeg(1)))) == ((1, 1), 1)


def test_the_same_request_five_times_at_once_is_one_job(stack, shop):
    key, before = {"Idempotency-Key": "once"}, staged_uploads(stack)
    files = [("a.zip", zip_of_images(range(20)))]
    responses = call_in_parallel(lambda: shop.send(files, **key))
    assert {response.status_code for response in responses} == {202}
    (job,) = {response.json()["id"] for response in responses}
    assert shop.wait_for_job(job)["progress"]["done"] == 20
    assert [row["id"] for row in shop.jobs() if row["kind"] == "ingest"] == [job]
    assert staged_uploads(stack) <= before  # the files of the other four are not stored


def test_every_message_five_times_does_its_work_once(stack, shop):
    shop.ingest_numbers(range(40))
    rows = order_lines()
    job = shop.send_sales(as_csv(rows)).json()["id"]
    publish_again(stack, job, JobKind.IMPORT_SALES)
    imported = shop.wait_for_job(job)
    training = imported["result"]["training"]
    publish_again(stack, training, JobKind.TRAIN)
    trained = shop.wait_for_job(training)
    assert trained["result"]["order_lines"] == len({tuple(row) for row in rows})
    assert imported["progress"]["done"] == len(rows)
    uploads = shop.http.get(f"{shop.path}/sales").json()["items"]
    assert [upload["id"] for upload in uploads] == [job]

    deleted = shop.recommended_skus(user(1))[0]
    assert shop.http.delete(f"{shop.path}/items/{deleted}").status_code == 204
    sync = next(job["id"] for job in shop.jobs() if job["kind"] == "sync-items")
    publish_again(stack, sync, JobKind.SYNC_ITEMS)
    assert shop.wait_for_job(sync)["state"] == "succeeded"
    assert deleted not in shop.recommended_skus(user(1))
    assert (deleted, "main") not in vector_keys(stack, shop)

    with Shop(shop.url, shop.name) as other:
        deletion = other.http.delete(other.path).json()["id"]
        publish_again(stack, deletion, JobKind.DELETE_COLLECTION)
        assert other.wait_for_job(deletion)["state"] == "succeeded"
        other.create()  # no old message may reach the new collection
        publish_again(stack, deletion, JobKind.DELETE_COLLECTION)
        other.ingest_numbers(range(3))
        assert other.counts() == (3, 3)
