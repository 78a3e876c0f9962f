"""The whole flow on external servers: S3, Milvus Standalone, and both Redis with passwords."""

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import psutil
import pytest
from redis import Redis

from core.settings import S3Settings, Settings
from core.storage import Audit, open_backend
from embedded.stack import Stack
from tests.support.external.full_milvus import full_milvus
from tests.support.faults.faulty_link import FaultyLink, faulty_link
from tests.support.images import drawn, jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.servers import BUCKET, redis_server, s3_client, s3_server
from tests.support.shop_client import Shop, collection_name, eventually, zip_of_images
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

SECRET = "p@ss/w:rd&%20"


@dataclass
class Servers:
    settings: Settings
    """Those that reach the servers."""
    s3_link: FaultyLink
    s3_exit: ExitStack
    """Closing it stops S3."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers-flow")
    with ExitStack() as running, ExitStack() as s3_exit:
        s3_link = running.enter_context(faulty_link(s3_exit.enter_context(s3_server())))
        urls = {}
        for name in ("redis", "cache"):
            urls[f"{name}_url"] = running.enter_context(redis_server(folder / name))
            with Redis.from_url(urls[f"{name}_url"]) as redis:
                redis.config_set("requirepass", SECRET)
        urls["milvus_url"] = running.enter_context(full_milvus(folder / "milvus"))
        s3 = S3Settings(endpoint=s3_link.url, key="shop", secret=SECRET)
        update = {"store_url": f"s3://{BUCKET}/a shop", "s3": s3}
        update |= {"redis_password": SECRET, "cache_password": SECRET} | urls
        settings = make_settings(folder / "data", start_flower=True).model_copy(update=update)
        yield Servers(settings, s3_link, s3_exit)


@pytest.fixture(scope="module")
def stack(servers):
    with Stack(servers.settings) as stack:
        yield stack


@pytest.fixture
def shop(stack, request):
    with Shop(stack.url, collection_name(request)) as shop:
        shop.create()
        yield shop


def stored_keys(stack, prefix=""):
    """Return the keys of all objects below a prefix of the store."""
    s3, prefix = s3_client(stack.settings.s3.endpoint), f"a shop/{prefix}"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [row["Key"] for page in pages for row in page.get("Contents", [])]


def test_the_main_flow_works_although_workers_die_meanwhile(stack, shop):
    job = shop.send([("images.zip", zip_of_images(range(40)))]).json()["id"]
    stack.kill("worker-embed")
    assert shop.wait_for_job(job)["state"] == "succeeded"
    assert shop.counts() == (40, 40)
    assert sorted(shop.skus(), key=int) == [str(n) for n in range(40)]
    assert shop.matches(jpeg(7), limit=1)[0]["sku"] == "7"
    assert shop.http.get(f"{shop.path}/items/7/image").content == jpeg(7)
    assert shop.http.get(f"{shop.path}/items/7/image", params={"size": 64}).status_code == 200
    assert shop.http.get(f"{shop.path}/items/6/similar").json()["matches"]

    stack.kill("worker-train")
    _, training = shop.import_sales(as_csv(order_lines()))
    assert training["state"] == "succeeded"
    assert shop.recommendations(user(0)).json()["personal"] is True
    offered = shop.recommended_skus(user(0))

    with Redis.from_url(stack.settings.cache) as cache:
        cache.flushdb()
    # refilled from the bucket
    eventually(lambda: shop.recommendations(user(0)).json().get("personal"))
    assert shop.recommended_skus(user(0)) == offered
    assert shop.verify()["sound"] is True

    assert shop.http.delete(f"{shop.path}/items/{offered[0]}").status_code == 204
    assert offered[0] not in shop.recommended_skus(user(0))
    erasure = shop.http.delete(f"{shop.path}/users/{user(1)}").json()["id"]
    assert shop.wait_for_job(erasure)["state"] == "succeeded"
    assert shop.recommendations(user(1)).json()["personal"] is False
    assert shop.verify()["sound"] is True

    assert stored_keys(stack, f"collections/{shop.name}/items/")
    deletion = shop.http.delete(shop.path).json()["id"]
    assert shop.wait_for_job(deletion)["state"] == "succeeded"
    assert stored_keys(stack, f"collections/{shop.name}/") == []


COLOURS = {"red": (190, 30, 40), "blue": (40, 60, 190), "green": (30, 140, 60)}
SQUARES = {name: drawn("rectangle", rgb) for name, rgb in COLOURS.items()}


def assert_that_colours_are_searched_for(shop):
    """Search by words and by weights of colour, whose queries are no unit vectors."""
    for name, square in SQUARES.items():
        body = shop.http.post(f"{shop.path}/search", data={"text": name}).json()
        assert (body["matches"][0]["sku"], body["understood"][0]["meaning"]) == (name, name)
        assert shop.matches(SQUARES["red"], text=f"in {name}")[0]["sku"] == name
        (same, *_), (alike, *_) = shop.matches(square, colour=0.5), shop.matches(square, colour=1)
        assert (same["sku"], same["score"], alike["sku"]) == (name, 1, name)


def test_all_data_is_in_the_bucket_and_none_on_the_local_disk(stack, shop):
    squares = [(f"{name}.png", square) for name, square in SQUARES.items()]
    shop.ingest([("ü b.jpg", jpeg(1)), ("broken.jpg", b"not an image"), *squares])
    assert_that_colours_are_searched_for(shop)
    shop.http.delete(f"{shop.path}/users/nobody")  # creates the pseudonym for the audit log
    keys = stored_keys(stack)
    for part in ("/audit/", "/items/", "/secrets/", "/uploads/", "/collection.json"):
        assert any(part in key for key in keys), part
    made_again_when_lost = {"thumbnails"}
    local = {path.name for path in stack.data.iterdir()} - made_again_when_lost
    assert local == {"flower", "logs", "models", "run"}
    logs = "".join(path.read_text() for path in (stack.data / "logs").iterdir())
    assert SECRET not in logs
    command_lines = [psutil.Process(pid).cmdline() for pid in stack.pids().values()]
    assert SECRET not in str(command_lines)


def test_a_job_continues_when_s3_is_back(servers, shop):
    job = shop.send([("images.zip", zip_of_images(range(40)))]).json()["id"]
    with servers.s3_link.interrupted():
        time.sleep(12)
    ended = shop.wait_for_job(job)
    assert (ended["state"], ended["progress"]["done"]) == ("succeeded", 40)
    assert shop.verify()["sound"] is True


def test_the_audit_log_has_all_changes_in_order(stack, shop):
    for description in "abc":
        shop.http.patch(shop.path, json={"description": description})
    audit = Audit(open_backend(stack.settings.store))
    lines = [json.loads(line) for day in audit.days() for line in audit.lines(day)]
    methods = [line["method"] for line in lines if shop.name in line["path"]]
    assert methods == ["PATCH"] * 3
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_while_s3_is_down_only_requests_that_need_it_fail(servers, stack, shop):
    servers.s3_exit.close()
    time.sleep(1.1)  # until the cached answer to whether there are API keys expires
    assert shop.http.get("/v1/jobs").status_code == 200
    for response in (shop.send([("a.jpg", jpeg(1))]), shop.search(jpeg(1))):
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["retry-after"]) > 0
        assert f"s3://{BUCKET}/a shop at" in response.json()["detail"]
        assert SECRET not in response.text
    with httpx2.Client(base_url=stack.url, timeout=60) as http:
        ready = http.get("/health/ready")
    assert ready.status_code == 503
    unhealthy = {name for name, state in ready.json()["parts"].items() if state != "ok"}
    assert unhealthy == {"store"}
    assert SECRET not in ready.text
