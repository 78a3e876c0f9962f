"""Jobs that take longer than a flow can wait: without workers, they never end."""

import time
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.settings import LokoSettings, Settings
from tests.support.images import jpeg
from tests.support.loko_caller import block_args, encode
from tests.support.sales import as_csv, order_lines
from tests.support.servers import redis_server

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]  # a wait that does not end fails

WAIT_S = 0.3


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("waiting")
    with redis_server(data / "redis") as url:
        yield Settings(data=data, redis_url=url, cache_url=url)


@contextmanager
def waiting_for(settings, wait_s):
    """Run an application whose blocks wait for at most so many seconds; yield its client."""
    app = create_app(settings.model_copy(update={"loko": LokoSettings(wait_s=wait_s)}))
    with TestClient(app) as client:
        collections = app.state.services.collections
        if "shoes" not in collections.names():
            collections.create("shoes", encoder=EncoderIdentity("x", dim=8))
        yield client


@pytest.fixture(scope="module")
def client(settings):
    with waiting_for(settings, WAIT_S) as client:
        yield client


@pytest.fixture(scope="module")
def patient_client(settings):
    """Its blocks wait for longer than a test may take."""
    with waiting_for(settings, 240) as client:
        yield client


def call(client, service, file, **form):
    """Return the message."""
    content_type, body = encode(None, block_args("Block", form), file)
    response = client.post(f"/loko/{service}", content=body, headers={"content-type": content_type})
    assert response.status_code == 200, response.text
    return response.json()


CALLS = [
    ("collections/add", ("a.jpg", jpeg(1)), "add"),
    ("recommender/fit", ("sales.csv", as_csv(order_lines(3))), "fit"),
]


@pytest.mark.parametrize(("service", "file", "name"), CALLS, ids=["add", "fit"])
def test_an_unfinished_job_is_returned_when_the_wait_is_over(client, service, file, name):
    form = {f"collection_{name}": "shoes", f"{name}_wait_seconds": "100000"}
    started = time.monotonic()
    message = call(client, service, file, **form)
    assert time.monotonic() - started >= WAIT_S
    assert message["status"] == "queued"
    assert client.get(f"/v1/jobs/{message['job_id']}").json()["state"] == "queued"


def test_the_form_can_shorten_the_wait(patient_client):
    form = {"collection_add": "shoes", "add_wait_seconds": "0.2"}
    assert call(patient_client, "collections/add", CALLS[0][1], **form)["status"] == "queued"


def test_without_waiting_the_job_is_returned_whatever_the_hidden_field(patient_client):
    form = {"collection_add": "shoes", "add_wait": False, "add_wait_seconds": 240}
    assert call(patient_client, "collections/add", CALLS[0][1], **form)["status"] == "queued"
