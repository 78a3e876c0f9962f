"""Workers on two hosts, all servers on a third; one host is disconnected and comes back."""

import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import connect
from core.settings import S3Settings, Settings
from core.storage import Keys, open_backend
from core.storage.api_keys import Role
from embedded.environment import environment
from embedded.redis_binary import newest_redis
from tests.support.external.full_milvus import full_milvus
from tests.support.faults.network_hosts import Host, network_hosts, why_unavailable
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.servers import BUCKET, free_ports, listening, s3_client
from tests.support.shop_client import Shop, eventually, zip_of_images
from tests.support.stack_data import main_views, vector_keys
from tests.support.stack_settings import make_settings

pytestmark = [pytest.mark.stack, pytest.mark.thorough]

SECRET = "p@ss/w:rd"
DISCONNECTED_S = 40  # longer than a lease, and than the timeout of any call to a server
IMAGES = 240
QUEUES = {"left": ("search", "embed", "train"), "right": ("embed", "train")}
USERS = 4_500  # three shards of lists


@dataclass
class Cluster:
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

    def process_label(self, host, queue="embed"):
        """The name in the metrics of the worker of that queue on that host."""
        return f"{queue}@{host}-{self.workers[f'{queue}@{host}'].pid}"

    def embed_log(self, host):
        return self.folder / host / "workers-embed.log"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := why_unavailable():
        pytest.skip(f"cannot create network hosts: {reason}")
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as running:
        left, middle, right = running.enter_context(network_hosts("left", "middle", "right"))
        update = start_servers(middle, folder, running)
        update["recommender"] = {"shard_from_users": USERS}
        settings = make_settings(folder / "middle").model_copy(update=update)
        key = Keys(open_backend(settings.store)).create("test", Role.ADMIN)[1]
        url = f"http://{middle.address}:{settings.ports.api}"
        hosts = {host.name: host for host in (left, middle, right)}
        cluster = Cluster(hosts, settings, url, key, folder)
        start_program(middle, "api", settings, running)
        for host in (left, right):
            own = make_settings(folder / host.name).model_copy(update=update)
            for queue in QUEUES[host.name]:
                worker = start_program(host, "workers", own, running, queue)
                cluster.workers[f"{queue}@{host.name}"] = worker
        with cluster.shop("any") as shop:
            eventually(shop.is_ready, within=120)
        registry = WorkerRegistry(connect(settings.cache))
        eventually(
            lambda: {report.host for report in registry.reports("embed")} == {"left", "right"}
        )
        yield cluster


def start_servers(host, folder, running):
    """Start Redis, cache, S3 and Milvus on a host; return the settings that reach them."""
    ports = free_ports(["redis", "cache", "s3"])
    update = {"host": host.address, "redis_password": SECRET, "cache_password": SECRET}
    log = folder / "servers.log"
    for name in ("redis", "cache"):
        (folder / name).mkdir()
        command = [newest_redis(), "--bind", host.address, "--port", ports[name]]
        command += ["--dir", folder / name, "--requirepass", SECRET, "--appendonly", "yes"]
        running.enter_context(host.running(*command, log=log))
        update[f"{name}_url"] = f"redis://{host.address}:{ports[name]}/0"
    moto = [sys.executable, "-m", "tests.support.s3_server", "-H", host.address, "-p", ports["s3"]]
    running.enter_context(host.running(*moto, log=log))
    for port in ports.values():
        eventually(lambda port=port: listening(port, host.address))
    endpoint = f"http://{host.address}:{ports['s3']}"
    s3_client(endpoint).create_bucket(Bucket=BUCKET)
    milvus = full_milvus(folder / "milvus", on=host.command, address=host.address)
    update["milvus_url"] = running.enter_context(milvus)
    s3 = S3Settings(endpoint=endpoint, key="anybody", secret="anything")
    return update | {"store_url": f"s3://{BUCKET}/shop", "s3": s3}


def start_program(host, module, settings, running, *args):
    log = settings.data / f"{'-'.join((module, *args))}.log"
    command = (sys.executable, "-m", module, *args)
    return running.enter_context(host.running(*command, log=log, env=environment(settings)))


def embedded_images(shop):
    """Return how many images each process has embedded, by its latest metrics."""
    return read_counts(shop, r'^lookalike_images_total\{.*process="(embed@\w+-\d+)"\} (\S+)$')


def built_shards(shop):
    """Return how many shards of lists each process has built, by its latest metrics."""
    return read_counts(
        shop,
        r'^lookalike_step_seconds_count\{(?=.*"train".*"chunk").*"(train@\w+-\d+)".*\} (\S+)$',
    )


def read_counts(shop, pattern):
    """Return the values of the metrics that match, by process."""
    rows = re.findall(pattern, shop.http.get("/metrics").text, flags=re.MULTILINE)
    return {process: float(count) for process, count in rows}


def both_have_worked(shop, before):
    """Whether each of two processes has embedded more than before."""
    counts = embedded_images(shop)
    return len(counts) == 2 and all(count > before.get(name, 0) for name, count in counts.items())


def assert_complete(cluster, shop, numbers):
    """The shop has exactly the images of these numbers, each once."""
    assert vector_keys(cluster, shop) == main_views(numbers)
    assert sorted(shop.skus()) == sorted(map(str, numbers))
    assert shop.matches(jpeg(numbers[-1]))[0]["sku"] == str(numbers[-1])


def test_two_hosts_share_the_work(cluster):
    with cluster.shop("shared") as shop:
        shop.create()
        job = shop.ingest_numbers(range(200))
        assert (job["state"], job["progress"]["done"]) == ("succeeded", 200)
        assert_complete(cluster, shop, range(200))
        assert shop.http.get(f"{shop.path}/items/7/similar").json()["matches"]
        eventually(lambda: both_have_worked(shop, {}))


def export_lists(shop):
    """Return the lines of the export of all lists."""
    return shop.http.get(f"{shop.path}/recommendations").text.splitlines()


def sales(seed):
    return as_csv(order_lines(users=USERS, orders=3, seed=seed))


def test_two_hosts_build_the_lists_of_many_users(cluster):
    with cluster.shop("many-users") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        _, training = shop.import_sales(sales(1))
        assert (training["state"], training["progress"]["done"]) == ("succeeded", USERS), training
        assert len(export_lists(shop)) == USERS
        body = shop.recommendations(user(USERS - 1)).json()
        assert (body["generation"], body["personal"]) == (training["id"], True)
        one_each = {cluster.process_label(host, "train"): 1 for host in ("left", "right")}
        eventually(lambda: built_shards(shop) == one_each)


def test_a_host_disconnected_while_it_builds_lists_leaves_them_to_the_other(cluster):
    with cluster.shop("lists-disconnected") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        job = shop.send_sales(sales(2)).json()["id"]
        training = shop.wait_for_job(job)["result"]["training"]
        shop.wait_until(training, lambda job: job["progress"]["total"])
        with cluster.hosts["right"].disconnected():
            trained = shop.wait_for_job(training, within=240)
            assert (trained["state"], trained["progress"]["done"]) == ("succeeded", USERS)
            assert len(export_lists(shop)) == USERS
            erasure = shop.http.delete(f"{shop.path}/users/{user(7)}").json()["id"]
            erased = shop.wait_for_job(erasure)
            shop.wait_for_job(erased["result"]["training"], within=240)
        eventually(lambda: cluster.process_label("right", "train") in built_shards(shop))
        assert len(export_lists(shop)) == USERS - 1
        assert shop.recommendations(user(7)).json()["personal"] is False


def test_a_disconnected_host_loses_its_steps_to_the_other_and_works_again_when_it_is_back(cluster):
    with cluster.shop("disconnected") as shop:
        shop.create()
        job = shop.send([("images.zip", zip_of_images(range(IMAGES)))]).json()["id"]
        shop.wait_until(job, lambda job: job["progress"]["done"] > 0)
        with cluster.hosts["right"].disconnected():
            deadline = time.monotonic() + DISCONNECTED_S
            ended = shop.wait_for_job(job, within=240)
            assert (ended["state"], ended["progress"]["done"]) == ("succeeded", IMAGES)
            assert_complete(cluster, shop, range(IMAGES))
            eventually(lambda: set(embedded_images(shop)) == {cluster.process_label("left")})
            # the host still holds a step, which it tries to commit after these are deleted
            assert re.search(rf"job {job} .*waits", cluster.embed_log("right").read_text())
            for number in range(0, IMAGES, 2):
                assert shop.http.delete(f"{shop.path}/items/{number}").status_code == 204
            time.sleep(max(0, deadline - time.monotonic()))
        eventually(lambda: cluster.process_label("right") in embedded_images(shop))
        before = embedded_images(shop)
        job = shop.ingest_numbers(range(IMAGES, IMAGES + 200))
        assert (job["state"], job["progress"]["done"]) == ("succeeded", 200)
        eventually(lambda: both_have_worked(shop, before))
        assert_complete(cluster, shop, [*range(1, IMAGES, 2), *range(IMAGES, IMAGES + 200)])
    exited = [name for name, worker in cluster.workers.items() if worker.poll() is not None]
    assert exited == []
