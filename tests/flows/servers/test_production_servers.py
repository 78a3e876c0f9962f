"""The whole flow on servers that are not ours: S3, a whole Milvus, both Redis with passwords."""

import json
import time
from contextlib import ExitStack

import httpx2
import psutil
import pytest
from redis import Redis

from core.settings import S3Settings
from core.storage import Audit, Files
from embedded.stack import Stack
from tests.flows.test_sales_flow import add, recommended, skus
from tests.support.faulty_link import link
from tests.support.full_milvus import full_milvus
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.servers import BUCKET, redis_server, s3_client, s3_server
from tests.support.shop_client import Shop, eventually, numbered
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

SECRET = "p@ss/w:rd&%20"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Servers that are not ours: gives the settings that reach them, the link to S3, its end."""
    folder = tmp_path_factory.mktemp("servers-flow")
    with ExitStack() as running, ExitStack() as objects:
        cable = running.enter_context(link(objects.enter_context(s3_server())))
        urls = {}
        for name in ("redis", "cache"):
            urls[f"{name}_url"] = running.enter_context(redis_server(folder / name))
            with Redis.from_url(urls[f"{name}_url"]) as redis:
                redis.config_set("requirepass", SECRET)
        urls["milvus_url"] = running.enter_context(full_milvus(folder / "milvus"))
        s3 = S3Settings(endpoint=cable.url, key="shop", secret=SECRET)
        own = {"store_url": f"s3://{BUCKET}/a shop", "s3": s3}
        own |= {"redis_password": SECRET, "cache_password": SECRET} | urls
        yield make_settings(folder / "data").model_copy(update=own), cable, objects.close


@pytest.fixture(scope="module")
def stack(servers):
    with Stack(servers[0]) as stack:
        yield stack


@pytest.fixture
def shop(stack, request):
    with Shop(stack.url, request.node.name.replace("_", "-")[-60:].strip("-")) as shop:
        shop.create()
        yield shop


def kept(stack, prefix=""):
    """Names of all objects below a prefix of the store."""
    s3, prefix = s3_client(stack.settings.s3.endpoint), f"a shop/{prefix}"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def verified(shop):
    job = shop.http.post(f"{shop.path}/verify", headers={"Prefer": "wait=60"}).json()
    assert job["state"] == "succeeded", job
    return job["result"]


def test_pictures_searches_sales_and_lists_with_workers_that_die_meanwhile(stack, shop):
    sent = shop.send([("some.zip", numbered(range(40)))]).json()
    stack.kill("worker-embed")
    assert shop.ended(sent["id"])["state"] == "succeeded"
    assert shop.counts() == (40, 40)
    assert sorted(shop.skus(), key=int) == [str(n) for n in range(40)]
    assert shop.found(jpeg(7), limit=1)[0]["sku"] == "7"
    assert shop.http.get(f"{shop.path}/items/7/image").content == jpeg(7)
    assert shop.http.get(f"{shop.path}/items/7/image", params={"size": 64}).status_code == 200
    assert shop.http.get(f"{shop.path}/items/6/similar").json()["matches"]

    stack.kill("worker-train")
    _, training = add(shop, as_csv(order_lines()))
    assert training["state"] == "succeeded"
    assert recommended(shop, user(0)).json()["personal"] is True
    offered = skus(recommended(shop, user(0)))

    with Redis.from_url(stack.settings.cache) as cache:
        cache.flushdb()
    eventually(lambda: recommended(shop, user(0)).json().get("personal"))  # from the bucket
    assert skus(recommended(shop, user(0))) == offered
    assert verified(shop)["sound"] is True

    assert shop.http.delete(f"{shop.path}/items/{offered[0]}").status_code == 204
    assert offered[0] not in skus(recommended(shop, user(0)))
    job = shop.http.delete(f"{shop.path}/users/{user(1)}").json()
    assert shop.ended(job["id"])["state"] == "succeeded"
    assert recommended(shop, user(1)).json()["personal"] is False
    assert verified(shop)["sound"] is True

    assert kept(stack, f"collections/{shop.name}/items/")
    job = shop.http.delete(shop.path).json()
    assert shop.ended(job["id"])["state"] == "succeeded"
    assert kept(stack, f"collections/{shop.name}/") == []


def test_what_is_sent_is_in_the_bucket_and_nothing_of_it_on_the_disk(stack, shop):
    shop.ingest([("ü b.jpg", jpeg(1)), ("broken.jpg", b"no picture")])
    shop.http.delete(f"{shop.path}/users/nobody")  # who is in the audit by a pseudonym
    found = kept(stack)
    for part in ("/audit/", "/items/", "/secrets/", "/uploads/", "/collection.json"):
        assert any(part in key for key in found), part
    here = {path.name for path in stack.data.iterdir()}
    assert here == {"flower", "logs", "models", "run"}
    logs = "".join(path.read_text() for path in (stack.data / "logs").iterdir())
    assert SECRET not in logs
    command_lines = [psutil.Process(pid).cmdline() for pid in stack.pids().values()]
    assert SECRET not in str(command_lines)


def test_a_job_goes_on_when_s3_is_back(servers, stack, shop):
    _, cable, _ = servers
    sent = shop.send([("some.zip", numbered(range(40)))]).json()
    with cable.pulled():
        time.sleep(12)
    job = shop.ended(sent["id"])
    assert (job["state"], job["progress"]["done"]) == ("succeeded", 40)
    assert verified(shop)["sound"] is True


def test_the_audit_tells_in_order_what_was_asked(stack, shop):
    for description in "abc":
        shop.http.patch(shop.path, json={"description": description})
    audit = Audit(Files(stack.settings.store))
    lines = [json.loads(line) for day in audit.days() for line in audit.lines(day)]
    ours = [line["method"] for line in lines if shop.name in line["path"]]
    assert ours == ["PATCH"] * 3
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_while_s3_is_away_that_is_told_where_it_is_needed(servers, stack, shop):
    _, _, end = servers
    end()
    time.sleep(1.1)  # for so long nobody looks whether there are keys
    assert shop.http.get("/v1/jobs").status_code == 200
    for answer in (shop.send([("a.jpg", jpeg(1))]), shop.search(jpeg(1))):
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert f"s3://{BUCKET}/a shop/" in answer.json()["detail"]
    with httpx2.Client(base_url=stack.url, timeout=60) as http:
        ready = http.get("/health/ready")
    assert ready.status_code == 503
    wrong = {name for name, state in ready.json()["parts"].items() if state != "ok"}
    assert wrong == {"store"}
    assert SECRET not in ready.text + answer.text
