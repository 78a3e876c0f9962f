"""Durability of the Milvus Lite server: the stock one loses rows in most of these tests."""

import resource
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from pymilvus import MilvusClient

from core.errors import Unavailable
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from embedded.milvus_lite_patches.durability import STORAGE_FAILED
from tests.support.servers import free_port, kill, listening, start_milvus, stop
from tests.support.shop_client import PATIENCE_S, eventually

pytestmark = pytest.mark.stack

COLLECTION, DIM = "shop", 64


@pytest.fixture
def server(tmp_path):
    """A function that starts our server, always on the same folder and port; stops the last one."""
    port, running = free_port(), []

    def start():
        running[:] = [start_milvus(tmp_path / "milvus", port)]
        return running[0]

    start.port = port
    start.url = f"http://127.0.0.1:{port}"
    start.folder = tmp_path / "milvus"
    yield start
    if running and running[0].poll() is None:
        kill(running[0])


def rows(skus, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(len(skus), DIM)).astype(np.float32)
    return [VectorRow(sku, "main", vector, {}) for sku, vector in zip(skus, vectors, strict=True)]


def stored_skus(url):
    return {sku for sku, _ in MilvusVectors(url).keys(COLLECTION)}


def write(url, name, acknowledged, batches, size=20, starts=None):
    """One writer with its own client; records what the server acknowledged."""
    store = MilvusVectors(url)
    if starts:
        store.ping()
        starts.wait()
    for batch in range(batches):
        skus = [f"{name}-{batch}-{n}" for n in range(size)]
        try:
            store.upsert(COLLECTION, rows(skus))
        except Unavailable:
            return
        acknowledged.update(skus)


def run_concurrently(*calls):
    threads = [threading.Thread(target=call, args=arguments) for call, *arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("writers", [1, 4])
def test_concurrent_writers_lose_nothing_when_the_server_is_killed(server, writers):
    process, acknowledged = server(), set()
    MilvusVectors(server.url).create(COLLECTION, DIM)
    run_concurrently(*[(write, server.url, n, acknowledged, 60) for n in range(writers)])
    assert len(acknowledged) == writers * 60 * 20
    kill(process)
    server()
    assert stored_skus(server.url) == acknowledged


def test_a_kill_during_writes_loses_nothing_acknowledged(server):
    acknowledged = set()
    for round_ in range(2):
        process = server()
        MilvusVectors(server.url).create(COLLECTION, DIM)
        writers = [(write, server.url, f"{round_}-{n}", acknowledged, 10_000) for n in range(2)]
        most = 200 * (round_ + 1)
        run_concurrently(*writers, (kill_after, process, acknowledged, most))
    server()
    assert stored_skus(server.url) >= acknowledged


def kill_after(process, acknowledged, rows):
    """Kill the server once it has acknowledged so many rows, while more are being written."""
    eventually(lambda: len(acknowledged) >= rows, pause=0.01)
    kill(process)


def test_readers_and_a_writer_right_after_a_restart_lose_nothing(server):
    process, acknowledged = server(), set()
    MilvusVectors(server.url).create(COLLECTION, DIM)
    write(server.url, "large", acknowledged, batches=20, size=300)  # so that opening takes a while
    for round_ in range(2):
        kill(process)
        process = server()
        starts = threading.Barrier(4)
        readers = [(count_from, server.url, starts, wait_ms) for wait_ms in (5, 15, 30)]
        run_concurrently(*readers, (write, server.url, round_, acknowledged, 5, 20, starts))
    kill(process)
    server()
    assert len(acknowledged) == 6_000 + 2 * 5 * 20
    assert stored_skus(server.url) == acknowledged


def count_rows(client):
    count = client.query(COLLECTION, output_fields=["count(*)"], consistency_level="Strong")
    return count[0]["count(*)"]


def count_from(url, starts, wait_ms):
    client = MilvusClient(url)
    starts.wait()
    time.sleep(wait_ms / 1000)
    count_rows(client)


def test_a_reader_misses_no_rows_during_a_flush(server):
    server()
    store = MilvusVectors(server.url)
    store.create(COLLECTION, DIM)
    client = MilvusClient(server.url)
    written, counts, done = [0], [], threading.Event()

    def read():
        while not done.is_set():
            least = written[0]
            counts.append((least, count_rows(client)))

    def write_and_flush():
        for batch in range(60):
            store.upsert(COLLECTION, rows([f"{batch}-{n}" for n in range(20)]))
            written[0] += 20
            client.flush(COLLECTION)
        done.set()

    run_concurrently((read,), (read,), (read,), (write_and_flush,))
    assert len(counts) > 30
    assert [(least, count) for least, count in counts if count < least] == []


def test_a_full_disk_stops_the_server_and_loses_nothing_acknowledged(server):
    process, acknowledged = server(), set()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (400_000, 400_000))
    MilvusVectors(server.url).create(COLLECTION, DIM)
    write(server.url, "before", acknowledged, batches=1_000)
    assert process.wait(PATIENCE_S) == STORAGE_FAILED
    process = server()
    write(server.url, "after", acknowledged, batches=5)
    kill(process)
    server()
    assert len(acknowledged) > 200
    assert stored_skus(server.url) >= acknowledged


def test_sigterm_closes_the_server_and_loses_nothing(server):
    process, acknowledged = server(), set()
    MilvusVectors(server.url).create(COLLECTION, DIM)
    write(server.url, "a", acknowledged, batches=5)
    assert stop(process) == 0
    assert not list(server.folder.rglob("wal_*"))
    server()
    assert stored_skus(server.url) == acknowledged


def test_rows_do_not_pile_up_in_memory(server):
    server()
    store, dim = MilvusVectors(server.url), 8192
    store.create(COLLECTION, dim)
    vectors = np.random.default_rng(0).normal(size=(200, dim)).astype(np.float32)
    for _ in range(6):  # 38 MB
        store.upsert(COLLECTION, [VectorRow(str(n), "main", row) for n, row in enumerate(vectors)])
    assert list(server.folder.rglob("*.parquet"))


def start_refused(folder, port):
    command = [sys.executable, "-m", "embedded.milvus_server"]
    command += ["--data-dir", str(folder), "--port", str(port)]
    server = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert server.returncode == 1
    assert server.stderr.count("\n") == 1
    return server.stderr


def test_a_second_server_is_refused_in_one_line(server, tmp_path):
    server()
    assert "another server uses" in start_refused(server.folder, free_port())
    assert f"cannot listen on port {server.port}" in start_refused(tmp_path / "other", server.port)
    (tmp_path / "file").touch()
    assert "cannot open the data folder" in start_refused(tmp_path / "file", free_port())
    MilvusVectors(server.url).ping()


def test_a_socket_in_a_missing_folder_is_refused(tmp_path):
    command = [sys.executable, "-m", "embedded.milvus_server", "--data-dir", str(tmp_path / "data")]
    command += ["--socket", str(tmp_path / "missing" / "milvus.sock")]
    server = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert server.returncode == 1
    assert "missing/milvus.sock; choose another address" in server.stderr
    assert "Traceback" not in server.stderr


def test_a_half_created_collection_does_not_block_its_name(server):
    (server.folder / "collections" / COLLECTION).mkdir(parents=True)
    server()
    store = MilvusVectors(server.url)
    store.create(COLLECTION, DIM)
    assert list(store.keys(COLLECTION)) == []


def test_a_collection_that_cannot_be_opened_is_named(server):
    folder = server.folder / "collections" / COLLECTION
    folder.mkdir(parents=True)
    (folder / "schema.json").write_text("{}")
    assert f"collection '{COLLECTION}'" in start_refused(server.folder, server.port)


def test_the_server_listens_on_the_loopback_interface_only(server):
    server()
    assert listening(server.port)
    assert not listening(server.port, host="127.0.0.2")
