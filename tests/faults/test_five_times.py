"""The same picture, request and message five times: the same as once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from celery import Celery

from core.jobs import JobKind
from tests.flows.test_faults import vectors_of
from tests.flows.test_sales_flow import recommended, skus
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, numbered

pytestmark = pytest.mark.stack
TIMES = 5


def at_once(call):
    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(lambda _: call(), range(TIMES)))


def published(stack, job, kind):
    """Tell the queue of a job, five times more."""
    celery = Celery(broker=stack.settings.redis)
    for _ in range(TIMES):
        celery.send_task(kind.value, args=[job], queue=kind.queue)


def test_the_same_picture_five_times_at_once_is_there_once(stack, shop):
    jobs = at_once(lambda: shop.ingest([("1.jpg", jpeg(1))]))
    assert {job["state"] for job in jobs} == {"succeeded"}
    assert vectors_of(stack, shop) == [("1", "main")]
    assert (shop.counts(), len(shop.found(jpeg(1)))) == ((1, 1), 1)


def test_the_same_request_five_times_at_once_is_one_job(stack, shop):
    key, before = {"Idempotency-Key": "once"}, staged(stack)
    answers = at_once(lambda: shop.send([("a.zip", numbered(range(20)))], **key))
    assert {answer.status_code for answer in answers} == {202}
    (job,) = {answer.json()["id"] for answer in answers}
    assert shop.ended(job)["progress"]["done"] == 20
    assert [one["id"] for one in jobs_of(shop)] == [job]
    assert staged(stack) <= before  # the bytes of the other four are not kept


def staged(stack):
    return {path.name for path in (stack.data / "store" / "uploads").glob("*")}


def jobs_of(shop):
    return shop.http.get("/v1/jobs", params={"collection": shop.name}).json()["items"]


def test_every_message_five_times_does_its_work_once(stack, shop):
    shop.ingest_numbers(range(40))
    rows = order_lines()
    csv = {"content-type": "text/csv"}
    job = shop.http.post(f"{shop.path}/sales", content=as_csv(rows), headers=csv).json()["id"]
    published(stack, job, JobKind.IMPORT_SALES)
    imported = shop.ended(job)
    training = imported["result"]["training"]
    published(stack, training, JobKind.TRAIN)
    assert shop.ended(training)["result"]["rows"] == len({tuple(row) for row in rows})
    assert imported["progress"]["done"] == len(rows)
    uploads = shop.http.get(f"{shop.path}/sales").json()["items"]
    assert [one["id"] for one in uploads] == [job]

    gone = skus(recommended(shop, user(1)))[0]
    assert shop.http.delete(f"{shop.path}/items/{gone}").status_code == 204
    sync = next(one for one in jobs_of(shop) if one["kind"] == "sync-items")["id"]
    published(stack, sync, JobKind.SYNC_ITEMS)
    assert shop.ended(sync)["state"] == "succeeded"
    assert gone not in skus(recommended(shop, user(1)))
    assert (gone, "main") not in vectors_of(stack, shop)

    with Shop(shop.url, shop.name) as other:
        deletion = other.http.delete(other.path).json()["id"]
        published(stack, deletion, JobKind.DELETE_COLLECTION)
        assert other.ended(deletion)["state"] == "succeeded"
        other.create()  # no message of before may reach the new one
        published(stack, deletion, JobKind.DELETE_COLLECTION)
        other.ingest_numbers(range(3))
        assert other.counts() == (3, 3)
