"""The disk fills up at each stage: clear errors, nothing acknowledged is lost, work continues."""

import time
from contextlib import contextmanager, suppress

import httpx2
import pytest

from core.settings import Limits
from embedded.stack import Stack
from tests.support.disks import mounted_disk
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import (
    Shop,
    assert_outlasted,
    collection_name,
    eventually,
    zip_of_images,
)
from tests.support.stack_data import main_views, staged_uploads, vector_keys
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

IMAGES = 200
FULL_S = 8
REFUSED = {503, 507}


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A small disk of its own."""
    with mounted_disk(tmp_path_factory.mktemp("disk"), megabytes=300) as folder:
        yield folder


@pytest.fixture(scope="module")
def disk_stack(disk):
    """A stack on that disk that accepts uploads almost until the disk is full."""
    limits = {"limits": Limits(min_free_mb=1)}
    with Stack(make_settings(disk / "data").model_copy(update=limits)) as stack:
        yield stack


@pytest.fixture
def shop(disk_stack, request):
    with Shop(disk_stack.url, collection_name(request)) as shop:
        shop.create()
        yield shop


@contextmanager
def full(disk):
    """Fill the disk to the last byte; space that others free meanwhile stays free."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\1" * 65536)
    try:
        yield
    finally:
        ballast.unlink()


def poll_while_full(shop):
    """Send requests while the disk is full; return the statuses."""
    deadline, statuses = time.monotonic() + FULL_S, set()
    while time.monotonic() < deadline:
        for path in (shop.path, "/v1/jobs", "/health/live", "/health/ready"):
            with suppress(httpx2.TransportError):
                statuses.add(shop.http.get(path).status_code)
        time.sleep(0.2)
    return statuses


def assert_complete(stack, shop, numbers):
    """The shop has exactly the images of these numbers, and they can be searched."""
    assert shop.counts() == (len(numbers), len(numbers))
    assert vector_keys(stack, shop) == main_views(numbers)
    assert shop.matches(jpeg(numbers[-1]))[0]["sku"] == str(numbers[-1])


def chunks(data):
    """Yield the data in chunks: without a Content-Length the server cannot know the size."""
    for start in range(0, len(data), 65536):
        yield data[start : start + 65536]


def test_an_upload_that_does_not_fit_is_refused_and_can_be_sent_again(disk, disk_stack, shop):
    boundary = "part"
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
    body = head.encode() + zip_of_images(range(IMAGES)) + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "a"}

    def send():
        return shop.http.post(f"{shop.path}/items", content=chunks(body), headers=headers)

    before = staged_uploads(disk_stack)
    with full(disk):
        refused = send()
    assert refused.status_code in REFUSED
    assert refused.headers["content-type"] == "application/problem+json"
    eventually(shop.is_ready)
    assert staged_uploads(disk_stack) == before
    responses = []

    def is_accepted():
        responses.append(send())
        return responses[-1].status_code == 202

    eventually(is_accepted)
    assert shop.wait_for_job(responses[-1].json()["id"])["state"] == "succeeded"
    assert_complete(disk_stack, shop, range(IMAGES))


def test_an_ingest_continues_when_there_is_space_again(disk, disk_stack, shop):
    job = shop.start_ingest(zip_of_images(range(IMAGES)))["id"]
    with full(disk):
        filled = time.time()
        statuses = poll_while_full(shop)
    assert statuses <= {200, 503}
    ended = shop.wait_for_job(job)
    assert_outlasted(ended, filled)
    assert ended["state"] == "succeeded"
    eventually(shop.is_ready)
    assert_complete(disk_stack, shop, range(IMAGES))


@pytest.mark.thorough
def test_a_training_continues_when_there_is_space_again(disk, shop):
    shop.ingest_numbers(range(40))
    job = shop.send_sales(as_csv(order_lines(users=1500, seed=7))).json()["id"]
    training = shop.wait_for_job(job)["result"]["training"]
    shop.wait_until(training, lambda job: job["state"] != "queued")
    with full(disk):
        filled = time.time()
        statuses = poll_while_full(shop)
    assert statuses <= {200, 503}
    ended = shop.wait_for_job(training)
    assert_outlasted(ended, filled)
    assert ended["state"] == "succeeded"
    eventually(lambda: shop.recommendations(user(1400)).status_code == 200)
    assert shop.recommendations(user(1400)).json()["generation"] == training


@pytest.mark.thorough
def test_a_deletion_is_refused_or_complete_and_never_partial(disk, disk_stack, shop):
    shop.ingest_numbers(range(5))
    with full(disk):
        response = shop.http.delete(f"{shop.path}/items/3")
    assert response.status_code in {204} | REFUSED
    eventually(shop.is_ready)
    eventually(lambda: shop.http.delete(f"{shop.path}/items/3").status_code in {204, 404})
    remaining = [0, 1, 2, 4]
    eventually(lambda: vector_keys(disk_stack, shop) == main_views(remaining))
    assert_complete(disk_stack, shop, remaining)
