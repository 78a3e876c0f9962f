"""The wall clock jumps by an hour in the middle of everything, without harm."""

import itertools
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from core.connections.redis_client import connect
from tests.support.faults.fake_clocks import FakeClockStack, find_library
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, eventually, zip_of_images
from tests.support.stack_data import main_views, staged_uploads, vector_keys
from tests.support.stack_settings import make_settings

pytestmark = [
    pytest.mark.stack,
    pytest.mark.thorough,
    pytest.mark.skipif(
        find_library() is None, reason="libfaketime is not installed: use `make thorough`"
    ),
]

IMAGES, LAST = 300, 319
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def fake_clock_stack(tmp_path_factory):
    """A stack whose retention just covers its sales, with clocks that start with the true time."""
    clocks = tmp_path_factory.mktemp("clocks")
    data = tmp_path_factory.mktemp("fake-clock-stack")
    update = {"sales_retention_days": _days_since_the_first_sale()}
    with FakeClockStack(make_settings(data).model_copy(update=update), clocks) as stack:
        yield stack


def _days_since_the_first_sale():
    first = datetime.fromisoformat(order_lines()[0][-1])
    return (datetime.now(UTC) - first).days + 1


def interrupted_body(data, interrupt):
    """Yield half of the data, then call `interrupt()`, then yield the other half."""
    yield data[: len(data) // 2]
    interrupt()
    yield data[len(data) // 2 :]


def run_periodic_jobs(stack):
    """Make a worker run its hourly jobs now, as it does when it starts."""
    redis = connect(stack.settings.redis)
    names = ("cleanup", "retrain", "retired-indexes")
    redis.delete(*(f"lookalike:once:{name}" for name in names))
    stack.kill("worker-train")
    eventually(lambda: redis.exists("lookalike:once:cleanup"))
    stack.await_ready("worker-train")


def upload(shop, content, key):
    head = b'--b\r\ncontent-disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b", "Idempotency-Key": key}
    body = (chunk for chunk in (head, *content, b"\r\n--b--\r\n"))
    return shop.http.post(f"{shop.path}/items", content=body, headers=headers)


@pytest.fixture
def shop(fake_clock_stack):
    fake_clock_stack.set_clocks(0)
    with Shop(fake_clock_stack.url, f"shop-{next(_numbers)}") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        shop.import_sales(as_csv(order_lines()))
        yield shop


def clock_offsets_h(shop):
    """Return how many hours the clocks of the API and of the workers are ahead.

    That of the workers is read from the item that was ingested last.
    """
    dates = [
        parsedate_to_datetime(shop.http.get("/v1/about").headers["date"]),
        datetime.fromisoformat(shop.http.get(f"{shop.path}/items/{LAST}").json()["updated_at"]),
    ]
    return [round((date - datetime.now(UTC)) / timedelta(hours=1)) for date in dates]


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize(
    "groups", [("workers",), ("api",), ("workers", "api", "rest")], ids="-".join
)
def test_a_clock_jump_loses_nothing_and_repeats_nothing(fake_clock_stack, shop, groups, hours):
    stack = fake_clock_stack
    sales = shop.http.get(f"{shop.path}/sales").json()
    running = shop.send([("images.zip", zip_of_images(range(40, IMAGES)))]).json()["id"]
    shop.wait_until(running, lambda job: 0 < job["progress"]["done"] < IMAGES - 40)

    def jump():
        stack.set_clocks(hours * 3600, *groups)
        run_periodic_jobs(stack)

    archive = zip_of_images(range(IMAGES, LAST + 1))
    response = upload(shop, interrupted_body(archive, jump), "key")
    assert response.status_code == 202
    assert upload(shop, [archive], "key").json()["id"] == response.json()["id"]
    assert shop.matches(jpeg(7))[0]["sku"] == "7"
    jobs = [shop.wait_for_job(job) for job in (running, response.json()["id"])]
    assert [job["state"] for job in jobs] == ["succeeded"] * 2
    assert [job["progress"]["done"] for job in jobs] == [IMAGES - 40, LAST + 1 - IMAGES]
    assert clock_offsets_h(shop) == [hours * ("api" in groups), hours * ("workers" in groups)]
    assert vector_keys(stack, shop) == main_views(range(LAST + 1))
    assert shop.http.get(f"{shop.path}/sales").json() == sales
    _, training = shop.import_sales(as_csv(order_lines(seed=2)))
    assert shop.recommendations(user(1)).json()["generation"] == training["id"]
    assert {job["state"] for job in shop.jobs()} == {"succeeded"}
    assert not staged_uploads(stack)
