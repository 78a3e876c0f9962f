"""A Milvus that is down, frozen or back again; each call ends in time and says what is wrong."""

import multiprocessing
import signal
import time

import numpy as np
import pytest

from core.errors import Unavailable
from core.vectors import VectorRow
from core.vectors.milvus import READ_S, MilvusVectors
from tests.support.servers import free_port, kill, milvus_server, start_milvus

pytestmark = pytest.mark.stack

SPACE, VECTOR = "outages", np.ones(4, dtype=np.float32)


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
    vectors.create(SPACE, 4)
    vectors.upsert(SPACE, [VectorRow("a", "main", VECTOR)])
    return vectors


def refused_within(seconds, call):
    began = time.monotonic()
    with pytest.raises(Unavailable, match="Milvus"):
        call()
    assert time.monotonic() - began < seconds


def test_a_milvus_that_was_never_there_is_unavailable(port):
    refused_within(READ_S + 2, MilvusVectors(f"http://127.0.0.1:{port}").ping)


def test_a_milvus_that_went_away_is_unavailable_and_works_again_when_it_is_back(
    server, store, tmp_path, port
):
    kill(server)
    for _ in range(2):
        refused_within(READ_S + 2, lambda: store.nearest(SPACE, VECTOR, limit=1))
    with milvus_server(tmp_path, port):
        assert [match.sku for match in store.nearest(SPACE, VECTOR, limit=1)] == ["a"]


def test_a_frozen_milvus_is_unavailable_in_time(server, store):
    server.send_signal(signal.SIGSTOP)
    try:
        refused_within(READ_S + 2, lambda: store.nearest(SPACE, VECTOR, limit=1))
    finally:
        server.send_signal(signal.SIGCONT)
    assert store.count(SPACE) == 1


def test_a_store_made_before_a_fork_works_in_the_child_and_in_the_parent(store):
    receiving, sending = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=lambda: sending.send(store.count(SPACE)))
    child.start()
    child.join(20)
    assert receiving.poll(0)
    assert receiving.recv() == 1
    assert store.count(SPACE) == 1
