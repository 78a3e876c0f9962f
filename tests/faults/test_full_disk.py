"""A disk that fills up at each stage: clear answers, nothing acknowledged lost, and it goes on."""

import subprocess
import time
from contextlib import contextmanager, suppress

import httpx2
import pytest

from core.settings import Limits
from embedded.stack import Stack
from tests.flows.test_faults import vectors_of
from tests.flows.test_sales_flow import recommended, send
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, eventually, named_after, numbered
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

PICTURES = 200
FULL_S = 8
REFUSED = {503, 507}


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A small disk of its own, for which one must be root."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a disk of its own cannot be mounted here: only root may")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def small(disk):
    """A stack on that disk, which does not refuse uploads long before it is full."""
    more = {"limits": Limits(free_mb=1)}
    with Stack(make_settings(disk / "data").model_copy(update=more)) as stack:
        yield stack


@pytest.fixture
def shop(small, request):
    with Shop(small.url, named_after(request)) as shop:
        shop.create()
        yield shop


@contextmanager
def full(disk):
    """The disk has no byte left, also where something else frees some, until the block ends."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\1" * 65536)
    try:
        yield
    finally:
        ballast.unlink()


def asked_while_full(shop):
    """What clients are told meanwhile: never a 500."""
    until, told = time.monotonic() + FULL_S, set()
    while time.monotonic() < until:
        for path in (shop.path, "/v1/jobs", "/health/live", "/health/ready"):
            with suppress(httpx2.TransportError):
                told.add(shop.http.get(path).status_code)
        time.sleep(0.2)
    return told


def whole(stack, shop, numbers):
    assert shop.counts() == (len(numbers), len(numbers))
    assert vectors_of(stack, shop) == sorted((str(n), "main") for n in numbers)
    assert shop.found(jpeg(numbers[-1]))[0]["sku"] == str(numbers[-1])


def ready(shop):
    return shop.http.get("/health/ready").status_code == 200


def staged(stack):
    return sorted(path.name for path in (stack.data / "store" / "uploads").glob("*"))


def in_pieces(data):
    """Sent without its length, so that nobody can know before."""
    for start in range(0, len(data), 65536):
        yield data[start : start + 65536]


def test_an_upload_for_which_there_is_no_room_is_refused_and_can_be_sent_again(disk, small, shop):
    boundary = "part"
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
    body = head.encode() + numbered(range(PICTURES)) + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "a"}

    def send_it():
        return shop.http.post(f"{shop.path}/items", content=in_pieces(body), headers=headers)

    before = staged(small)
    with full(disk):
        refused = send_it()
    assert refused.status_code in REFUSED
    assert refused.headers["content-type"] == "application/problem+json"
    eventually(lambda: ready(shop))
    assert staged(small) == before
    answers = []

    def accepted():
        answers.append(send_it())
        return answers[-1].status_code == 202

    eventually(accepted)
    assert shop.ended(answers[-1].json()["id"], within=120)["state"] == "succeeded"
    whole(small, shop, range(PICTURES))


def test_an_ingest_goes_on_when_there_is_room_again(disk, small, shop):
    job = shop.send([("many.zip", numbered(range(PICTURES)))]).json()["id"]
    shop.job_when(job, lambda one: one["progress"]["done"] > 0)
    with full(disk):
        told = asked_while_full(shop)
    assert told <= {200, 503}
    assert shop.ended(job, within=180)["state"] == "succeeded"
    eventually(lambda: ready(shop))
    whole(small, shop, range(PICTURES))


@pytest.mark.thorough
def test_a_training_goes_on_when_there_is_room_again(disk, small, shop):
    shop.ingest_numbers(range(40))
    job = send(shop, as_csv(order_lines(users=1500, seed=7))).json()["id"]
    training = shop.ended(job)["result"]["training"]
    shop.job_when(training, lambda one: one["state"] == "running")
    with full(disk):
        told = asked_while_full(shop)
    assert told <= {200, 503}
    assert shop.ended(training, within=180)["state"] == "succeeded"
    eventually(lambda: recommended(shop, user(1400)).status_code == 200)
    assert recommended(shop, user(1400)).json()["generation"] == training


@pytest.mark.thorough
def test_a_deletion_is_refused_or_done_and_never_half(disk, small, shop):
    shop.ingest_numbers(range(5))
    with full(disk):
        answer = shop.http.delete(f"{shop.path}/items/3")
    assert answer.status_code in {204} | REFUSED
    eventually(lambda: ready(shop))
    eventually(lambda: shop.http.delete(f"{shop.path}/items/3").status_code in {204, 404})
    left = [0, 1, 2, 4]
    eventually(lambda: vectors_of(small, shop) == [(str(n), "main") for n in left])
    whole(small, shop, left)
