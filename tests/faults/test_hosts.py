"""Workers on two hosts, all servers on a third: they share the work; one is cut off and is back."""

import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.cache.worker_registry import Presence
from core.connections.redis_client import connect
from core.settings import S3Settings, Settings
from core.storage import Collections, Files, Keys
from core.storage.api_keys import Role
from core.vectors.milvus import MilvusVectors
from embedded.environment import environment
from embedded.redis_binary import newest_redis
from tests.faults.hosts import Host, hosts, why_not
from tests.flows.test_sales_flow import add, recommended, send
from tests.support.full_milvus import full_milvus
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.servers import BUCKET, free_ports, listening, s3_client
from tests.support.shop_client import Shop, eventually, numbered
from tests.support.stack_settings import make_settings

pytestmark = [pytest.mark.stack, pytest.mark.thorough, pytest.mark.timeout(600)]

SECRET = "p@ss/w:rd"
CUT_S = 40  # longer than a lease, and than any call of ours waits
MANY = 240
WORKERS = {"left": ("search", "embed", "train"), "right": ("embed", "train")}
CUSTOMERS = 4_500  # three blocks of lists


@dataclass
class Place:
    """The three hosts, with what runs on them."""

    hosts: dict[str, Host]
    settings: Settings
    url: str
    key: str
    folder: Path
    workers: dict[str, subprocess.Popen] = field(default_factory=dict)

    def shop(self, name):
        shop = Shop(self.url, name)
        shop.http.headers["Authorization"] = f"Bearer {self.key}"
        return shop

    def told_as(self, name, queue="embed"):
        """How the metrics call the process of that queue on that host."""
        return f"{queue}@{name}-{self.workers[f'{queue}@{name}'].pid}"

    def log_of(self, name):
        return self.folder / name / "workers-embed.log"

    def vectors_of(self, shop):
        collection = Collections(Files(self.settings.store)).get(shop.name)
        return sorted(MilvusVectors(self.settings.milvus).keys(collection.space))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    if reason := why_not():
        pytest.skip(f"hosts cannot be made here: {reason}")
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as up:
        left, middle, right = up.enter_context(hosts("left", "middle", "right"))
        urls = servers(middle, folder, up)
        urls["recommender"] = {"shared_from": CUSTOMERS}
        settings = make_settings(folder / "middle").model_copy(update=urls)
        key = Keys(Files(settings.store)).create("test", Role.ADMIN)[1]
        url = f"http://{middle.address}:{settings.ports.api}"
        named = {host.name: host for host in (left, middle, right)}
        made = Place(named, settings, url, key, folder)
        start(middle, "api", settings, up)
        for host in (left, right):
            own = make_settings(folder / host.name).model_copy(update=urls)
            for queue in WORKERS[host.name]:
                made.workers[f"{queue}@{host.name}"] = start(host, "workers", own, up, queue)
        with made.shop("any") as shop:
            eventually(lambda: shop.http.get("/health/ready").status_code == 200, within=120)
        presence = Presence(connect(settings.cache))
        eventually(lambda: {one.host for one in presence.reports("embed")} == {"left", "right"})
        yield made


def servers(host, folder, up):
    """Start those that are nobody's but the operator's; gives the settings that reach them."""
    ports = free_ports(["redis", "cache", "s3"])
    urls = {"host": host.address, "redis_password": SECRET, "cache_password": SECRET}
    log = folder / "servers.log"
    for name in ("redis", "cache"):
        (folder / name).mkdir()
        command = [newest_redis(), "--bind", host.address, "--port", ports[name]]
        command += ["--dir", folder / name, "--requirepass", SECRET, "--appendonly", "yes"]
        up.enter_context(host.running(*command, log=log))
        urls[f"{name}_url"] = f"redis://{host.address}:{ports[name]}/0"
    moto = [sys.executable, "-m", "moto.server", "-H", host.address, "-p", ports["s3"]]
    up.enter_context(host.running(*moto, log=log))
    for port in ports.values():
        eventually(lambda port=port: listening(port, host.address))
    endpoint = f"http://{host.address}:{ports['s3']}"
    s3_client(endpoint).create_bucket(Bucket=BUCKET)
    milvus = full_milvus(folder / "milvus", on=host.command, address=host.address)
    urls["milvus_url"] = up.enter_context(milvus)
    s3 = S3Settings(endpoint=endpoint, key="anybody", secret="anything")
    return urls | {"store_url": f"s3://{BUCKET}/shop", "s3": s3}


def start(host, module, settings, up, *words):
    log = settings.data / f"{'-'.join((module, *words))}.log"
    command = (sys.executable, "-m", module, *words)
    return up.enter_context(host.running(*command, log=log, env=environment(settings)))


def embedded(shop):
    """How many pictures each process has put through its network, as it told last."""
    return counted(shop, r'^lookalike_images_total\{.*process="(embed@\w+-\d+)"\} (\S+)$')


def parts_made(shop):
    """How many parts of the lists each process has made, as it told last."""
    return counted(
        shop,
        r'^lookalike_step_seconds_count\{(?=.*"train".*"chunk").*"(train@\w+-\d+)".*\} (\S+)$',
    )


def counted(shop, series):
    """What the metrics say of each process in lines of that pattern."""
    rows = re.findall(series, shop.http.get("/metrics").text, flags=re.MULTILINE)
    return {process: float(count) for process, count in rows}


def both_have_worked(shop, before):
    """Whether each of two processes has embedded more than before."""
    now = embedded(shop)
    return len(now) == 2 and all(count > before.get(name, 0) for name, count in now.items())


def holds(place, shop, numbers):
    """Every picture of these is there once, and no other."""
    assert place.vectors_of(shop) == sorted((str(number), "main") for number in numbers)
    assert sorted(shop.skus()) == sorted(map(str, numbers))
    assert shop.found(jpeg(numbers[-1]))[0]["sku"] == str(numbers[-1])


def test_two_hosts_share_the_work(place):
    with place.shop("shared") as shop:
        shop.create()
        job = shop.ingest_numbers(range(200))
        assert (job["state"], job["progress"]["done"]) == ("succeeded", 200)
        holds(place, shop, range(200))
        assert shop.http.get(f"{shop.path}/items/7/similar").json()["matches"]
        eventually(lambda: both_have_worked(shop, {}))


def lists_of(shop):
    """Everybody's list, as it is streamed."""
    return shop.http.get(f"{shop.path}/recommendations").text.splitlines()


def sales(seed):
    return as_csv(order_lines(users=CUSTOMERS, orders=3, seed=seed))


def test_two_hosts_make_the_lists_of_many_customers(place):
    with place.shop("customers") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        _, training = add(shop, sales(1))
        assert (training["state"], training["progress"]["done"]) == ("succeeded", CUSTOMERS)
        assert len(lists_of(shop)) == CUSTOMERS
        body = recommended(shop, user(CUSTOMERS - 1)).json()
        assert (body["generation"], body["personal"]) == (training["id"], True)
        both = {place.told_as(host, "train"): 1 for host in ("left", "right")}
        eventually(lambda: parts_made(shop) == both)


def test_a_host_that_is_cut_off_while_it_makes_lists_leaves_them_to_the_other(place):
    with place.shop("lists-cut-off") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        sent = send(shop, sales(2)).json()["id"]
        training = shop.ended(sent)["result"]["training"]
        shop.job_when(training, lambda one: one["progress"]["total"])
        with place.hosts["right"].cut_off():
            ended = shop.ended(training, within=240)
            assert (ended["state"], ended["progress"]["done"]) == ("succeeded", CUSTOMERS)
            assert len(lists_of(shop)) == CUSTOMERS
            erased = shop.ended(shop.http.delete(f"{shop.path}/users/{user(7)}").json()["id"])
            shop.ended(erased["result"]["training"], within=240)
        eventually(lambda: place.told_as("right", "train") in parts_made(shop))
        assert len(lists_of(shop)) == CUSTOMERS - 1
        assert recommended(shop, user(7)).json()["personal"] is False


def test_a_host_that_is_cut_off_loses_its_steps_to_the_other_and_works_on_when_it_is_back(place):
    with place.shop("cut-off") as shop:
        shop.create()
        job = shop.send([("many.zip", numbered(range(MANY)))]).json()["id"]
        shop.job_when(job, lambda one: one["progress"]["done"] > 0)
        with place.hosts["right"].cut_off():
            until = time.monotonic() + CUT_S
            ended = shop.ended(job, within=240)
            assert (ended["state"], ended["progress"]["done"]) == ("succeeded", MANY)
            holds(place, shop, range(MANY))
            eventually(lambda: set(embedded(shop)) == {place.told_as("left")})
            # it had something in its hands, which comes too late when these are deleted
            assert re.search(rf"job {job} .*waits", place.log_of("right").read_text())
            for number in range(0, MANY, 2):
                assert shop.http.delete(f"{shop.path}/items/{number}").status_code == 204
            time.sleep(max(0, until - time.monotonic()))
        eventually(lambda: place.told_as("right") in embedded(shop))
        before = embedded(shop)
        job = shop.ingest_numbers(range(MANY, MANY + 200))
        assert (job["state"], job["progress"]["done"]) == ("succeeded", 200)
        eventually(lambda: both_have_worked(shop, before))
        holds(place, shop, [*range(1, MANY, 2), *range(MANY, MANY + 200)])
    assert [name for name, one in place.workers.items() if one.poll() is not None] == []
