"""API keys over HTTP; rights are in `tests/api/middleware/test_auth.py`."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import remembered
from core.domain import EncoderIdentity
from core.settings import Settings
from core.storage import Audit, Keys, Role
from lookalike.user_tokens import user_token


@pytest.fixture
def client(tmp_path):
    """The API of a server without keys, with the collection `shop`."""
    app = create_app(Settings(data=tmp_path))
    with TestClient(app, base_url="http://localhost") as client:
        client.app.state.services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        yield client


def create(client, **body):
    return client.post("/v1/keys", json={"name": "a", "role": "admin"} | body)


@pytest.fixture
def admin(client):
    """A client with the server's only key."""
    text = Keys(client.app.state.services.files).create("me", Role.ADMIN)[1]
    client.headers["Authorization"] = f"Bearer {text}"
    return client


def test_the_first_key_is_for_an_administrator_and_then_everybody_needs_one(client, monkeypatch):
    assert client.get("/v1/keys").json()["items"] == []
    for body in ({"role": "read"}, {"collections": ["shop"]}):
        refused = create(client, **body)
        assert (refused.status_code, "first key must be an admin" in refused.text) == (422, True)
    text = create(client).json()["key"]
    # that there were no keys is remembered for a second
    monkeypatch.setattr(remembered, "monotonic", lambda: time.monotonic() + 1.01)
    assert client.get("/v1/keys").status_code == 401
    assert client.get("/v1/keys", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_a_key_is_listed_without_its_text_and_with_its_last_use(admin):
    body = {"name": "page", "role": "search", "collections": ["shop"],
            "origins": ["https://shop.example"]}  # fmt: skip
    answer = create(admin, **body)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    new = answer.json()
    assert answer.headers["location"] == f"/v1/keys/{new['id']}"
    first, listed = admin.get("/v1/keys").json()["items"]
    assert {name: listed[name] for name in body} == body
    assert not {"key", "user_secret", "digest"} & listed.keys()
    assert listed["last_used_at"] is None
    while not first["last_used_at"]:  # it is written in the background
        first, _ = admin.get("/v1/keys").json()["items"]
    age = datetime.now(UTC) - datetime.fromisoformat(first["last_used_at"])
    assert timedelta() <= age < timedelta(minutes=1)
    services = admin.app.state.services
    services.user_tokens.check(new["id"], "ann", user_token(new["user_secret"], "ann"))


def test_a_revoked_key_is_gone(admin):
    new = create(admin, role="read").json()
    assert new["user_secret"] is None
    assert admin.delete(f"/v1/keys/{new['id']}").status_code == 204
    assert Keys(admin.app.state.services.files).authenticate(new["key"]) is None
    assert admin.delete(f"/v1/keys/{new['id']}").status_code == 404
    assert len(admin.get("/v1/keys").json()["items"]) == 1


def test_the_creation_of_a_key_is_in_the_audit_log_with_its_id_and_not_its_text(admin):
    new = create(admin, role="search").json()
    audit = Audit(admin.app.state.services.files)
    (line,) = audit.lines(audit.days()[0])
    assert json.loads(line)["created_key"] == new["id"]
    assert not [secret for secret in (new["key"], new["user_secret"]) if secret in line]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"collections": ["shpo"]}, "shpo does not exist (existing: shop)"),
        ({"collections": ["../x"]}, "collection name '../x'"),
        (
            {"role": "search", "origins": ["shop.example"]},
            "'shop.example' is not the address of a web site",
        ),
        ({"role": "read", "origins": ["https://shop.example"]}, "only use keys with the role"),
        ({"name": ""}, "1 to 100 printable characters"),
        ({"name": "a\nb"}, "1 to 100 printable characters"),
        ({"role": "owner"}, "'search', 'read', 'write' or 'admin'"),
        ({"collection": "shop"}, "collection"),
    ],
)
def test_an_invalid_key_is_refused_with_the_reason(admin, body, message):
    answer = create(admin, **body)
    assert (answer.status_code, message in answer.json()["detail"]) == (422, True), answer.text
    assert len(admin.get("/v1/keys").json()["items"]) == 1
