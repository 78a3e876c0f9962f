"""A job that takes longer than a flow may wait: nobody works here, so it never ends."""

import time

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.settings import LokoSettings, Settings
from tests.support.images import jpeg
from tests.support.loko_caller import block_args, encode
from tests.support.sales import as_csv, order_lines
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("waiting")
    with redis_server(data / "redis") as url:
        loko = LokoSettings(wait_s=1.5)
        app = create_app(Settings(data=data, redis_url=url, cache_url=url, loko=loko))
        with TestClient(app) as client:
            encoder = EncoderIdentity("x", dim=8)
            app.state.services.collections.create("shoes", encoder=encoder)
            yield client


def call(client, service, file, **form):
    """The answer, and how long it took."""
    kind, body = encode(None, block_args("Block", form), file)
    began = time.monotonic()
    answer = client.post(f"/loko/{service}", content=body, headers={"content-type": kind})
    assert answer.status_code == 200, answer.text
    return answer.json(), time.monotonic() - began


CALLS = [
    ("collections/add", ("a.jpg", jpeg(1)), "add"),
    ("recommender/fit", ("sales.csv", as_csv(order_lines(3))), "fit"),
]


@pytest.mark.parametrize(("service", "file", "name"), CALLS, ids=["add", "fit"])
def test_a_job_longer_than_the_wait_is_answered_when_that_is_over(client, service, file, name):
    form = {f"collection_{name}": "shoes", f"{name}_wait_seconds": "100000"}
    told, took = call(client, service, file, **form)
    assert told["status"] == "queued"
    assert client.get(f"/v1/jobs/{told['job_id']}").json()["state"] == "queued"
    assert 1.3 < took < 3


def test_the_form_may_shorten_the_wait(client):
    form = {"collection_add": "shoes", "add_wait_seconds": "0.2"}
    assert call(client, "collections/add", CALLS[0][1], **form)[1] < 1


def test_who_does_not_wait_is_answered_at_once_whatever_is_hidden_in_the_form(client):
    form = {"collection_add": "shoes", "add_wait": False, "add_wait_seconds": 240}
    told, took = call(client, "collections/add", CALLS[0][1], **form)
    assert told["status"] == "queued"
    assert took < 1
