"""What the audit has of requests: who, what, and what came of it; and when it has it."""

import json
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.errors import StorageFull
from core.settings import Settings
from core.storage import Audit, Files, Keys, Pseudonyms, Role
from tests.support.images import jpeg
from tests.support.servers import free_port, redis_server

SHOP = "/v1/collections/shop"


class Server:
    def __init__(self, data, **settings):
        ports = {name: free_port() for name in ("redis", "cache", "milvus")}  # nothing is there
        self.data, self.files = data, Files((data / "store").as_uri())
        self.app = create_app(Settings(data=data, ports=ports, **settings))
        self.done = []
        self.app.post("/v1/done")(lambda: self.done.append(1))
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


def test_a_change_is_recorded_with_its_key_and_request_and_what_came_of_it(server):
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


def test_what_a_key_does_not_allow_is_recorded_and_who_has_none_is_not(server):
    id, headers = server.key(Role.READ)
    assert server.http.delete(SHOP, headers=headers).status_code == 403
    assert server.http.delete(SHOP).status_code == 401
    assert [(line["key"], line["status"]) for line in server.lines()] == [(id, 403)]
    text = headers["Authorization"].split("_", 2)[2]  # a secret may have a "_" of its own
    assert text not in json.dumps(server.lines())


@pytest.mark.parametrize("user", ["ann@x.org", "ann/lee"])
def test_the_erasure_of_a_customer_is_recorded_without_the_name(server, user):
    server.http.delete(f"{SHOP}/users/{quote(user, safe='')}")
    (line,) = server.lines()
    assert line["path"] == f"{SHOP}/users/{Pseudonyms(server.files).of(user)}"
    assert line["method"] == "DELETE"


def test_a_bug_is_recorded_too(server):
    assert server.http.post("/v1/bug").status_code == 500
    assert [line["status"] for line in server.lines()] == [500]


@pytest.mark.stack
def test_the_job_that_was_made_is_named(tmp_path):
    with redis_server(tmp_path / "redis") as url:
        server = Server(tmp_path, redis_url=url, cache_url=url)
        with server.http as http:
            services = server.app.state.services
            services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            job = http.post(f"{SHOP}/items", files={"files": ("A.jpg", jpeg(1))}).json()["id"]
            assert [line["job"] for line in server.lines()] == [job]


def test_the_line_is_there_before_the_answer_is(server, monkeypatch):
    seen, add = [], Audit.add
    monkeypatch.setattr(Audit, "add", lambda *a, **b: (add(*a, **b), seen.append("line"))[0])
    build = server.app.build_middleware_stack

    def watched():
        inner = build()

        async def app(scope, receive, send):
            async def noted(message):
                seen.append(message["type"])
                await send(message)

            await inner(scope, receive, noted)

        return app

    monkeypatch.setattr(server.app, "middleware_stack", watched())
    server.http.post("/v1/done")
    assert seen[:2] == ["line", "http.response.start"]


def test_nothing_is_done_where_there_is_no_room_to_record_it(server, monkeypatch):
    monkeypatch.setattr(Files, "free_bytes", lambda _: 1000)
    answer = server.http.post("/v1/done")
    assert (answer.status_code, answer.json()["code"]) == (507, "storage-full")
    assert server.done == []
    assert server.http.get("/v1/about").status_code == 200


def test_what_is_done_and_could_not_be_recorded_is_not_told_as_done(server, monkeypatch):
    def full(*_):
        raise StorageFull("the disk is full")

    monkeypatch.setattr(Files, "append", full)
    answer = server.http.post("/v1/done")
    assert answer.status_code == 507
    assert "not in the audit" in answer.json()["detail"]
    assert server.done == [1]
