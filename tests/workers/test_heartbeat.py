"""The start of a worker, until its first heartbeat."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.shop_client import PATIENCE_S, eventually
from workers import heartbeat
from workers.dependencies import worker_services


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The data folder, without weights for the default encoder; a file is in the store's place."""
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setenv("LOOKALIKE_DEFAULT_ENCODER", "efficientnetb0")  # a download
    monkeypatch.setenv("LOOKALIKE_STORE_URL", str(tmp_path / "store"))
    monkeypatch.setattr(heartbeat, "INTERVAL_S", 0.01)
    (tmp_path / "store").touch()
    worker_services.cache_clear()
    yield tmp_path
    worker_services.cache_clear()


def test_a_worker_waits_for_its_store_but_not_for_weights_that_are_not_installed(data, caplog):
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor() as pool:
        start = pool.submit(heartbeat._warm_up, "embed")
        try:
            eventually(lambda: caplog.messages)
        finally:
            (data / "store").unlink()
        start.result(PATIENCE_S)
    own = [record for record in caplog.records if record.name == heartbeat.__name__]
    waiting, stopped = (record.getMessage() for record in own)
    assert "tries again" in waiting
    assert "LOOKALIKE_STORE_URL" in waiting
    assert "weights" in stopped
