"""Milvus down, frozen or restarted: every call ends and reports what is wrong."""

import multiprocessing
import signal

import numpy as np
import pytest

from core.errors import Unavailable
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from tests.support.servers import free_port, kill, milvus_server, start_milvus
from tests.support.shop_client import PATIENCE_S

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]  # a call that does not end fails

INDEX, VECTOR = "outages", np.ones(4, dtype=np.float32)
KEYS = [("a", "main")]


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def server(tmp_path, port):
    process = start_milvus(tmp_path, port)
    yield process
    kill(process)


@pytest.fixture
def store(server, port):
    vectors = MilvusVectors(f"http://127.0.0.1:{port}")
    vectors.create(INDEX, 4)
    vectors.upsert(INDEX, [VectorRow("a", "main", VECTOR)])
    return vectors


def is_unavailable():
    return pytest.raises(Unavailable, match="Milvus")


def test_a_milvus_that_never_ran_is_unavailable(port):
    with is_unavailable():
        MilvusVectors(f"http://127.0.0.1:{port}").ping()


def test_a_stopped_milvus_is_unavailable_and_usable_again_after_a_restart(
    server, store, tmp_path, port
):
    kill(server)
    for _ in range(2):
        with is_unavailable():
            store.nearest(INDEX, VECTOR, limit=1)
    with milvus_server(tmp_path, port):
        assert [match.sku for match in store.nearest(INDEX, VECTOR, limit=1)] == ["a"]


@pytest.mark.timeout(60, func_only=True)  # so that waiting for much longer than READ_S fails
def test_a_frozen_milvus_is_unavailable_and_not_waited_for(server, store):
    server.send_signal(signal.SIGSTOP)
    try:
        with is_unavailable():
            store.nearest(INDEX, VECTOR, limit=1)
    finally:
        server.send_signal(signal.SIGCONT)
    assert list(store.keys(INDEX)) == KEYS


def test_a_store_made_before_a_fork_works_in_the_child_and_in_the_parent(store):
    receiving, sending = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=lambda: sending.send(list(store.keys(INDEX))))
    child.start()
    child.join(PATIENCE_S)
    assert receiving.poll(0)
    assert receiving.recv() == KEYS
    assert list(store.keys(INDEX)) == KEYS
