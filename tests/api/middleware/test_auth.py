"""Every operation with every kind of key; the required roles are a table written by hand."""

import time
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import remembered
from core.domain import EncoderIdentity
from core.jobs import JobKind, NewJob
from core.settings import Limits, S3Settings, Settings
from core.storage import Keys, Role, open_backend
from tests.support.openapi_conformance import PATH_NAMES
from tests.support.servers import BUCKET, redis_server, s3_server

C = "/v1/collections/{c}"
REQUIRED_ROLES = {
    "GET /health/live": None,
    "GET /health/ready": None,
    "GET /v1/about": "read",
    "GET /v1/encoders": "read",
    "GET /v1/collections": "read",
    "POST /v1/collections": "admin",
    f"GET {C}": "read",
    f"PATCH {C}": "admin",
    f"DELETE {C}": "admin",
    f"POST {C}/rebuild": "admin",
    f"POST {C}/verify": "write",
    f"GET {C}/items": "read",
    f"POST {C}/items": "write",
    f"PATCH {C}/items": "write",
    f"DELETE {C}/items": "write",
    f"GET {C}/rules": "read",
    f"PUT {C}/rules": "write",
    f"DELETE {C}/rules": "write",
    f"GET {C}/health": "read",
    f"GET {C}/duplicates": "read",
    f"GET {C}/dismissals": "write",  # names hidden items
    f"POST {C}/dismissals": "write",
    f"DELETE {C}/dismissals/{{dismissal}}": "write",
    f"GET {C}/availability": "write",  # names hidden items
    f"POST {C}/availability": "write",
    f"GET {C}/attributes": "read",
    f"PATCH {C}/attributes": "write",
    f"GET {C}/items/{{sku}}": "read",
    f"PUT {C}/items/{{sku}}": "write",
    f"PATCH {C}/items/{{sku}}": "write",
    f"DELETE {C}/items/{{sku}}": "write",
    f"GET {C}/items/{{sku}}/image": "search",
    f"GET {C}/items/{{sku}}/similar": "search",
    f"GET {C}/popular": "search",
    f"GET {C}/new": "search",
    f"GET {C}/items/{{sku}}/substitutes": "search",
    f"GET {C}/items/{{sku}}/bought-together": "search",
    f"POST {C}/recommendations": "search",
    f"POST {C}/search": "search",
    f"GET {C}/sales": "read",
    f"POST {C}/sales": "write",
    f"DELETE {C}/sales": "write",
    f"DELETE {C}/sales/{{upload}}": "write",
    f"GET {C}/sales/{{upload}}/rejects.csv": "read",
    f"GET {C}/sales/{{upload}}/reasons": "read",
    f"GET {C}/recommender": "read",
    f"POST {C}/recommender": "write",
    f"GET {C}/recommender/report": "read",
    f"POST {C}/recommender/rollback": "write",
    f"DELETE {C}/recommender/rollback": "write",
    f"GET {C}/recommendations": "read",
    f"GET {C}/mailing": "read",
    f"GET {C}/users": "read",
    f"GET {C}/users/{{user}}/orders": "read",
    f"DELETE {C}/users/{{user}}": "write",
    f"GET {C}/users/{{user}}/recommendations": "search",
    "GET /v1/keys": "admin",
    "POST /v1/keys": "admin",
    "DELETE /v1/keys/{key}": "admin",
    "GET /v1/uploads": "read",
    "POST /v1/uploads": "write",
    "GET /v1/uploads/{upload}": "read",
    "PATCH /v1/uploads/{upload}": "write",
    "DELETE /v1/uploads/{upload}": "write",
    "GET /v1/jobs": "read",
    "GET /v1/jobs/events": "read",
    "GET /v1/jobs/{job}": "read",
    "GET /v1/jobs/{job}/events": "read",
    "GET /v1/jobs/{job}/failures": "read",
    "POST /v1/jobs/{job}/cancel": "write",
    "POST /v1/jobs/{job}/retry": "write",
}
ENCODER = EncoderIdentity("x", dim=8)
KEYS = ("none", "bad", "search", "read", "write", "admin", "read elsewhere", "admin elsewhere")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    limits = Limits(visitor_reads_per_minute=0)
    return create_app(Settings(data=tmp_path_factory.mktemp("auth"), limits=limits))


@pytest.fixture(scope="module")
def texts(app, tmp_path_factory):
    keys = Keys(open_backend((tmp_path_factory.getbasetemp() / "auth0" / "store").as_uri()))
    texts = {role: keys.create(role, role)[1] for role in Role}
    for role in ("read", "admin"):
        texts[f"{role} elsewhere"] = keys.create(role, Role(role), ("elsewhere",))[1]
    return {**texts, "bad": texts["admin"][:-4] + "AAAA"}


@pytest.fixture(scope="module")
def client(app, texts):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def expected_status(required, key, path):
    """The status of a rejection; None if the request is let in."""
    if required is None:
        return None
    if key in {"none", "bad"}:
        return 401
    ranks = ["search", "read", "write", "admin"]
    role, _, elsewhere = key.partition(" ")
    if ranks.index(role) < ranks.index(required):
        return 403
    other = path.startswith(("/v1/collections/", "/v1/keys")) or (path, required) == (
        "/v1/collections", "admin",
    )  # fmt: skip
    return 403 if elsewhere and other else None


def test_every_operation_is_in_the_table(app):
    paths = app.openapi()["paths"]
    operations = {f"{m.upper()} {path}" for path, methods in paths.items() for m in methods}
    assert operations == set(REQUIRED_ROLES)


@pytest.mark.parametrize("operation", REQUIRED_ROLES, ids=lambda name: name.replace("/", ":"))
def test_a_request_is_let_in_by_keys_with_the_required_role(client, texts, operation):
    method, path = operation.split()
    concrete = path.format(c="shop", **PATH_NAMES)
    expected = {key: expected_status(REQUIRED_ROLES[operation], key, path) for key in KEYS}
    if "{user}" in path:
        expected["search"] = 403  # the token is missing
    statuses = {}
    for key in KEYS:
        headers = bearer(texts[key]) if key in texts else {}
        status = client.request(method, concrete, headers=headers).status_code
        statuses[key] = status if status in {401, 403, 429} else None
    assert statuses == expected


def test_a_rejection_says_what_to_do(client, texts):
    answer = client.get("/v1/jobs")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer KEY" in answer.json()["detail"]
    answer = client.post("/v1/collections", json={"name": "new"}, headers=bearer(texts["read"]))
    assert answer.json()["detail"] == "this key has the role `read`; the request requires `admin`"


def test_missing_and_invalid_keys_give_different_errors(client, texts):
    missing = client.get("/v1/jobs").json()["detail"]
    invalid = client.get("/v1/jobs", headers=bearer(texts["bad"])).json()["detail"]
    assert missing.startswith("the API key is missing")
    assert invalid.startswith("the API key is mistyped or has been revoked")


@pytest.mark.parametrize("header", ["Bearer", "Basic YTpi", "Bearer \u00fc".encode(), b"\xff\xfe"])
def test_other_headers_are_not_keys(client, header):
    assert client.get("/v1/jobs", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("127.8.8.8", 200),
        ("[::1]", 200),
        ("[::ffff:127.0.0.1]", 200),
        ("192.168.1.7", 401),
        ("172.17.0.2", 401),
        ("[2001:db8::7]", 401),
    ],
)
def test_without_keys_only_this_machine_is_let_in(tmp_path, address, status):
    app = create_app(Settings(data=tmp_path))
    with TestClient(app, base_url=f"http://{address}:8000") as client:
        assert client.get("/v1/collections").status_code == status
        assert client.get("/health/live").status_code == 200


@pytest.fixture
def pass_time(monkeypatch):
    """A function that makes what the API remembers so many seconds older."""

    def pass_time(seconds):
        monkeypatch.setattr(remembered, "monotonic", lambda: time.monotonic() + seconds)

    return pass_time


def test_revoking_the_last_key_does_not_let_other_machines_in(tmp_path, pass_time):
    keys = Keys(open_backend((tmp_path / "store").as_uri()))
    key, text = keys.create("only", Role.READ)
    with TestClient(create_app(Settings(data=tmp_path)), base_url="http://192.168.1.7") as client:
        assert client.get("/v1/collections", headers=bearer(text)).status_code == 200
        keys.revoke(key.id)
        pass_time(1.01)  # keys are cached for a second
        assert client.get("/v1/collections", headers=bearer(text)).status_code == 401


def test_only_collections_that_the_key_covers_are_listed(client, texts):
    for name in ("elsewhere", "shop"):
        client.app.state.services.collections.create(name, encoder=ENCODER)
    names = {}
    for key in ("read", "read elsewhere"):
        answer = client.get("/v1/collections", headers=bearer(texts[key]))
        names[key] = [item["name"] for item in answer.json()["items"]]
    assert names == {"read": ["elsewhere", "shop"], "read elsewhere": ["elsewhere"]}


def test_an_unknown_collection_suggests_similar_names_that_the_key_covers(client, texts):
    for name in ("shop", "elsewhere"):
        if client.app.state.services.collections.find(name) is None:
            client.app.state.services.collections.create(name, encoder=ENCODER)
    answer = client.get("/v1/collections/shp", headers=bearer(texts["read"]))
    assert answer.json()["detail"].endswith("does not exist; similar names: shop, elsewhere")
    keys = Keys(client.app.state.services.files)
    till = keys.create("till", Role.READ, ("shp", "shop"))[1]
    answer = client.get("/v1/collections/shp", headers=bearer(till))
    assert answer.json()["detail"].endswith("does not exist; similar names: shop")


@pytest.mark.stack
def test_jobs_of_other_collections_look_as_if_they_did_not_exist(tmp_path):
    with redis_server(tmp_path / "redis") as url:
        app = create_app(Settings(data=tmp_path, redis_url=url, cache_url=url))
        with TestClient(app) as client:
            keys, ledger = (
                Keys(open_backend((tmp_path / "store").as_uri())),
                app.state.services.ledger,
            )
            headers = bearer(keys.create("till", Role.WRITE, ("mine",))[1])
            mine, other = (
                ledger.create(NewJob(kind=JobKind.TRAIN, collection=name)).id
                for name in ("mine", "other")
            )
            listed = client.get("/v1/jobs", headers=headers).json()["items"]
            assert [job["id"] for job in listed] == [mine]
            assert client.get(f"/v1/jobs/{mine}", headers=headers).status_code == 200
            for method, rest in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
                answer = client.request(method, f"/v1/jobs/{other}{rest}", headers=headers)
                assert answer.status_code == 404
                unknown = client.request(method, f"/v1/jobs/{'f' * 24}{rest}", headers=headers)
                assert unknown.json()["detail"].replace("f" * 24, other) == answer.json()["detail"]
            assert not ledger.get(other).state.final


def test_losing_the_store_does_not_unlock_the_api(tmp_path, pass_time):
    store = tmp_path / "store"
    _, text = Keys(open_backend(store.as_uri())).create("only", Role.READ)
    with TestClient(create_app(Settings(data=tmp_path)), base_url="http://localhost") as client:
        assert client.get("/v1/collections").status_code == 401
        store.rename(tmp_path / "aside")
        pass_time(1.01)
        assert client.get("/v1/collections").status_code == 401
        assert client.get("/v1/collections", headers=bearer(text)).status_code == 401


@pytest.mark.stack
def test_cached_keys_stay_valid_for_minutes_while_the_store_is_unavailable(tmp_path, pass_time):
    with ExitStack() as server:
        s3 = S3Settings(
            endpoint=server.enter_context(s3_server()), key="anybody", secret="anything"
        )
        settings = Settings(data=tmp_path, store_url=f"s3://{BUCKET}/shop", s3=s3)
        keys = Keys(open_backend(settings.store))
        texts = [keys.create(name, Role.READ)[1] for name in ("cached", "other")]
        with TestClient(create_app(settings)) as client:

            def status(text):
                return client.get("/v1/about", headers=bearer(text)).status_code

            assert status(texts[0]) == 200
            server.close()
            pass_time(2)
            assert [status(text) for text in texts] == [200, 503]
            pass_time(301)
            assert status(texts[0]) == 503
