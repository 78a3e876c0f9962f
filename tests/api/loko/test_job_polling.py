"""Jobs that take longer than a flow can wait: without workers, they never end."""

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
    """Return the message, and the duration of the request in seconds."""
    content_type, body = encode(None, block_args("Block", form), file)
    started_at = time.monotonic()
    response = client.post(f"/loko/{service}", content=body, headers={"content-type": content_type})
    assert response.status_code == 200, response.text
    return response.json(), time.monotonic() - started_at


CALLS = [
    ("collections/add", ("a.jpg", jpeg(1)), "add"),
    ("recommender/fit", ("sales.csv", as_csv(order_lines(3))), "fit"),
]


@pytest.mark.parametrize(("service", "file", "name"), CALLS, ids=["add", "fit"])
def test_an_unfinished_job_is_returned_when_the_wait_is_over(client, service, file, name):
    form = {f"collection_{name}": "shoes", f"{name}_wait_seconds": "100000"}
    message, duration = call(client, service, file, **form)
    assert message["status"] == "queued"
    assert client.get(f"/v1/jobs/{message['job_id']}").json()["state"] == "queued"
    assert 1.3 < duration < 3


def test_the_form_can_shorten_the_wait(client):
    form = {"collection_add": "shoes", "add_wait_seconds": "0.2"}
    assert call(client, "collections/add", CALLS[0][1], **form)[1] < 1


def test_without_waiting_the_job_is_returned_at_once_whatever_the_hidden_field(client):
    form = {"collection_add": "shoes", "add_wait": False, "add_wait_seconds": 240}
    message, duration = call(client, "collections/add", CALLS[0][1], **form)
    assert message["status"] == "queued"
    assert duration < 1
