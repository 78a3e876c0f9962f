"""The clock of the day jumps by an hour in the middle of everything: no harm is done."""

import itertools
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from core.connections.redis_client import connect
from tests.faults.clocks import Clocked, library
from tests.flows.test_faults import vectors_of
from tests.flows.test_sales_flow import add, recommended
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, eventually, numbered
from tests.support.stack_settings import make_settings

pytestmark = [
    pytest.mark.stack,
    pytest.mark.thorough,
    pytest.mark.skipif(
        library() is None, reason="libfaketime is not installed: make thorough does"
    ),
]

MANY, LAST = 300, 319
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def clocked(tmp_path_factory):
    """A stack that drops what is older than its sales, on clocks that are right to begin with."""
    clocks = tmp_path_factory.mktemp("clocks")
    data = tmp_path_factory.mktemp("clocked")
    settings = make_settings(data).model_copy(update={"sales_days": _days_since_the_first_sale()})
    with Clocked(settings, clocks) as stack:
        yield stack


def _days_since_the_first_sale():
    first = datetime.fromisoformat(order_lines()[0][-1])
    return (datetime.now(UTC) - first).days + 1


def in_pieces(data, meanwhile):
    """A body of which half comes before something happens, and half after it."""
    yield data[: len(data) // 2]
    meanwhile()
    yield data[len(data) // 2 :]


def tidied(stack):
    """Let a worker tidy up now, as it does at its start and each hour."""
    redis = connect(stack.settings.redis)
    redis.delete("lookalike:once:tidy", "lookalike:once:retrain", "lookalike:once:drop-vectors")
    stack.kill("worker-train")
    eventually(lambda: redis.exists("lookalike:once:tidy"))
    stack.await_ready("worker-train")


def staged(stack):
    return list((stack.data / "store" / "uploads").glob("*"))


def all_jobs(stack, shop):
    """The states of all jobs of a shop, those included that nobody waited for."""
    jobs = shop.http.get("/v1/jobs", params={"collection": shop.name, "limit": 200}).json()
    return {job["state"] for job in jobs["items"]}


def upload(shop, content, key):
    head = b'--b\r\ncontent-disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b", "Idempotency-Key": key}
    pieces = (part for part in (head, *content, b"\r\n--b--\r\n"))
    return shop.http.post(f"{shop.path}/items", content=pieces, headers=headers)


@pytest.fixture
def shop(clocked):
    clocked.set(0)
    with Shop(clocked.url, f"shop-{next(_numbers)}") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        add(shop, as_csv(order_lines()))
        yield shop


def ahead_h(shop):
    """How many hours the clocks of API and workers are ahead; those of what was made last."""
    dates = [
        parsedate_to_datetime(shop.http.get("/v1/about").headers["date"]),
        datetime.fromisoformat(shop.http.get(f"{shop.path}/items/{LAST}").json()["updated_at"]),
    ]
    return [round((date - datetime.now(UTC)) / timedelta(hours=1)) for date in dates]


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize(
    "groups", [("workers",), ("api",), ("workers", "api", "rest")], ids="-".join
)
def test_a_jump_of_the_clock_loses_nothing_and_does_nothing_twice(clocked, shop, groups, hours):
    sold = shop.http.get(f"{shop.path}/sales").json()
    under_way = shop.send([("many.zip", numbered(range(40, MANY)))]).json()["id"]
    shop.job_when(under_way, lambda job: 0 < job["progress"]["done"] < MANY - 40)

    def jump():
        clocked.set(hours * 3600, *groups)
        tidied(clocked)

    more = numbered(range(MANY, LAST + 1))
    sent = upload(shop, in_pieces(more, jump), "key")
    assert (sent.status_code, upload(shop, [more], "key").json()["id"]) == (202, sent.json()["id"])
    assert shop.found(jpeg(7))[0]["sku"] == "7"
    ended = [shop.ended(job) for job in (under_way, sent.json()["id"])]
    assert [job["state"] for job in ended] == ["succeeded"] * 2
    assert [job["progress"]["done"] for job in ended] == [MANY - 40, LAST + 1 - MANY]
    assert ahead_h(shop) == [hours * ("api" in groups), hours * ("workers" in groups)]
    assert vectors_of(clocked, shop) == sorted((str(n), "main") for n in range(LAST + 1))
    assert shop.http.get(f"{shop.path}/sales").json() == sold
    _, trained = add(shop, as_csv(order_lines(seed=2)))
    assert recommended(shop, user(1)).json()["generation"] == trained["id"]
    assert all_jobs(clocked, shop) == {"succeeded"}
    assert not staged(clocked)
