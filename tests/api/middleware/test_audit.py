"""The audit log: who changed what with which result, and when the entry is written."""

import json
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.errors import StorageFull
from core.settings import Settings
from core.storage import Audit, Keys, Pseudonyms, Role, open_backend
from tests.support.images import jpeg
from tests.support.servers import redis_server

SHOP = "/v1/collections/shop"


class Server:
    def __init__(self, data, **settings):
        self.data, self.files = data, open_backend((data / "store").as_uri())
        self.app = create_app(Settings(data=data, **settings))
        self.calls = []
        self.app.post("/v1/done")(lambda: self.calls.append(1))
        self.app.post("/v1/bug")(lambda: 1 / 0)
        self.http = TestClient(self.app, raise_server_exceptions=False)

    def lines(self):
        days = sorted((self.data / "store" / "audit").glob("*.jsonl"))
        return [json.loads(line) for day in days for line in day.read_text().splitlines()]

    def key(self, role):
        key, text = Keys(self.files).create("till", role)
        return key.id, {"Authorization": f"Bearer {text}"}


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    with server.http:
        yield server


def test_a_change_is_recorded_with_its_key_request_id_and_status(server):
    id, headers = server.key(Role.ADMIN)
    server.http.post(
        "/v1/collections", json={"name": "A b"}, headers=headers | {"X-Request-ID": "mine"}
    )
    (line,) = server.lines()
    assert line.pop("time")
    assert line == {
        "request_id": "mine",
        "key": id,
        "role": "admin",
        "method": "POST",
        "path": "/v1/collections",
        "status": 422,
    }


def test_reads_and_searches_are_not_recorded(server):
    server.http.get("/v1/collections")
    server.http.post(f"{SHOP}/search", files={"image": jpeg(1)})
    server.http.options("/v1/collections")
    assert server.lines() == []


def test_forbidden_requests_are_recorded_and_unauthenticated_ones_are_not(server):
    id, headers = server.key(Role.READ)
    assert server.http.delete(SHOP, headers=headers).status_code == 403
    assert server.http.delete(SHOP).status_code == 401
    assert [(line["key"], line["status"]) for line in server.lines()] == [(id, 403)]
    text = headers["Authorization"].split("_", 2)[2]  # the secret itself may contain "_"
    assert text not in json.dumps(server.lines())


@pytest.mark.parametrize("user", ["ann@x.org", "ann/lee"])
def test_the_erasure_of_a_user_is_recorded_by_pseudonym(server, user):
    server.http.delete(f"{SHOP}/users/{quote(user, safe='')}")
    (line,) = server.lines()
    assert line["path"] == f"{SHOP}/users/{Pseudonyms(server.files).pseudonym_of(user)}"
    assert line["method"] == "DELETE"


def test_an_unexpected_error_is_recorded_too(server):
    assert server.http.post("/v1/bug").status_code == 500
    assert [line["status"] for line in server.lines()] == [500]


@pytest.mark.stack
def test_the_created_job_is_recorded(tmp_path):
    with redis_server(tmp_path / "redis") as url:
        server = Server(tmp_path, redis_url=url, cache_url=url)
        with server.http as http:
            services = server.app.state.services
            services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            job = http.post(f"{SHOP}/items", files={"files": ("A.jpg", jpeg(1))}).json()["id"]
            assert [line["job"] for line in server.lines()] == [job]


def test_the_entry_is_written_before_the_response_is_sent(server, monkeypatch):
    events, add = [], Audit.add
    monkeypatch.setattr(Audit, "add", lambda *a, **b: (add(*a, **b), events.append("entry"))[0])
    build = server.app.build_middleware_stack

    def build_observed():
        inner = build()

        async def app(scope, receive, send):
            async def observe(message):
                events.append(message["type"])
                await send(message)

            await inner(scope, receive, observe)

        return app

    monkeypatch.setattr(server.app, "middleware_stack", build_observed())
    server.http.post("/v1/done")
    assert events[:2] == ["entry", "http.response.start"]


def test_a_change_is_rejected_if_there_is_no_space_to_record_it(server, monkeypatch):
    monkeypatch.setattr(type(server.files), "free_bytes", lambda _: 1000)
    answer = server.http.post("/v1/done")
    assert (answer.status_code, answer.json()["code"]) == (507, "storage-full")
    assert server.calls == []
    assert server.http.get("/v1/about").status_code == 200


@pytest.fixture
def full_server(server, monkeypatch):
    """A server whose disk has space while it is checked, but not for the entry."""

    def full(*_):
        raise StorageFull("the disk is full")

    monkeypatch.setattr(type(server.files), "append", full)
    return server


def test_a_change_that_could_not_be_recorded_is_answered_with_an_error(full_server):
    answer = full_server.http.post("/v1/done")
    assert answer.status_code == 507
    assert "could not be written to the audit log" in answer.json()["detail"]
    assert full_server.calls == [1]


def test_an_error_that_could_not_be_recorded_is_answered_as_it_is_and_logged(full_server, caplog):
    answer = full_server.http.post("/v1/bug")
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith("internal error")
    assert "not written to the audit log: POST /v1/bug: the disk is full" in caplog.messages
