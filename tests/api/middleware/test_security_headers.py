"""Security headers, request ids, CORS and cross-site requests."""

import base64
import hashlib
import re

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.report.page import POLICY, About, render_report
from core.recommender.training_report import TrainingReport
from core.settings import Settings
from core.storage import Keys, Role, open_backend

SHOP, OWN = "https://shop.example", "http://127.0.0.1:8000"
FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def client_of(tmp_path, **settings):
    app = create_app(Settings(data=tmp_path, **settings))

    @app.get("/bug")
    def bug():
        raise ZeroDivisionError

    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(tmp_path_factory.mktemp("client")) as client:
        yield client


@pytest.fixture(scope="module")
def own_client(tmp_path_factory):
    """A client of a server without keys that has an allowed origin and an allowed host."""
    data = tmp_path_factory.mktemp("own")
    with client_of(data, cors_origins=[SHOP], allowed_hosts=["Shop.lan"]) as client:
        client.base_url = OWN
        yield client


@pytest.fixture(scope="module")
def client_with_key(tmp_path_factory):
    """A client of a server with keys, and a key."""
    data = tmp_path_factory.mktemp("keys")
    text = Keys(open_backend((data / "store").as_uri())).create("a", Role.READ)[1]
    with client_of(data) as client:
        client.base_url = OWN
        yield client, text


PATHS = ("/", "/ui/js/main.js", "/docs", "/docs/start.js", "/openapi.json")
PATHS += ("/v1/about", "/v1/nothing", "/v1/jobs", "/bug", "/health/live")
REQUESTS = [("GET", path) for path in PATHS]
REQUESTS += [("PUT", "/v1/collections"), ("POST", "/v1/collections")]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_every_response_has_restrictive_headers(client, method, path):
    headers = client.request(method, path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors" in policy
    assert "unsafe" not in policy
    assert "server" not in headers
    for name in ("x-request-id", "content-security-policy", "referrer-policy"):
        assert len(headers.get_list(name)) == 1


def test_a_rejection_by_the_auth_middleware_has_them_too(tmp_path):
    with client_of(tmp_path) as client:
        Keys(open_backend((tmp_path / "store").as_uri())).create("a", Role.READ)
        answer = client.get("/v1/about")
    assert answer.status_code == 401
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_report_only_allows_its_own_style():
    page = render_report(
        TrainingReport(), About("shop", "g-1", stale=False, import_reports=[])
    ).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert " style=" not in page
    assert "<script" not in page


@pytest.mark.parametrize("sent", ["abc-123", "a" * 64, "req:7._x"])
def test_a_well_formed_request_id_of_the_caller_is_used(client, sent):
    answer = client.get("/v1/nothing", headers={"X-Request-ID": sent})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "a b", "a" * 65, '"', "<x>", "a\tb", b"\xff"])
def test_other_request_ids_are_replaced(client, sent):
    answers = [client.get("/v1/nothing", headers={"X-Request-ID": sent}) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", id) for id in ids)


def test_an_unexpected_error_shows_its_request_id_and_no_details(client):
    answer = client.get("/bug")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert not re.search("Zero|Traceback|line", answer.text)


def preflight(client, origin):
    requested = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "prefer"}
    return client.options("/v1/collections", headers={"Origin": origin, **requested})


def test_other_origins_get_no_cors_headers(client):
    answers = [preflight(client, SHOP), client.get("/v1/about", headers={"Origin": SHOP})]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_configured_origin_may_send_keys_but_no_credentials(tmp_path):
    with client_of(tmp_path, cors_origins=[SHOP]) as client:
        text = Keys(open_backend((tmp_path / "store").as_uri())).create("a", Role.READ)[1]
        allowed = preflight(client, SHOP)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == SHOP
        assert "access-control-allow-credentials" not in allowed.headers
        assert preflight(client, "https://evil.example").status_code == 400
        for key, status in ((text, 200), ("none", 401)):
            headers = {"Origin": SHOP, "Authorization": f"Bearer {key}"}
            answer = client.get("/v1/about", headers=headers)
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize("origin", ["*", "null", "https://*.example", "shop.example", f"{SHOP}/"])
def test_an_origin_is_a_single_server_and_not_a_wildcard(origin):
    with pytest.raises(ValueError, match="origin"):
        Settings(cors_origins=[origin])


PORT = "http://127.0.0.1:9591"
ORIGINS = {
    "a foreign page": (FOREIGN, 403),
    "an allowed page": ({"Origin": SHOP, "Sec-Fetch-Site": "cross-site"}, 422),
    "our page": ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, 422),
    "our page behind a proxy": ({"Origin": "https://own", "Sec-Fetch-Site": "same-origin"}, 422),
    "the address bar": ({"Sec-Fetch-Site": "none"}, 422),
    "another port of this machine": ({"Origin": PORT, "Sec-Fetch-Site": "same-site"}, 403),
    "another subdomain": ({"Origin": "http://b.localhost", "Sec-Fetch-Site": "same-site"}, 403),
    # to addresses without TLS other than 127.0.0.1, browsers send no Sec-Fetch-Site
    "an old browser on our page": ({"Origin": OWN}, 422),
    "an old browser on a foreign page": ({"Origin": "https://evil.example"}, 403),
    "an old browser on another port": ({"Origin": PORT}, 403),
    "a page without an origin": ({"Origin": "null"}, 403),
    "no browser": ({}, 422),
}  # fmt: skip


@pytest.mark.parametrize("page", ORIGINS)
def test_only_pages_of_this_server_and_allowed_pages_may_change_anything(own_client, page):
    headers, status = ORIGINS[page]
    body = {"json": {"name": "Bad Name"}}  # 422 if let in
    assert own_client.post("/v1/collections", headers=headers, **body).status_code == status
    assert own_client.get("/v1/about", headers=headers).status_code == 200


HOSTS = {"127.0.0.1:8000": 200, "127.0.0.1": 200, "localhost:9": 200, "LOCALHOST": 200}
HOSTS |= {"[::1]:8000": 200, "[::1]": 200, "shop.lan:8000": 200, "Shop.LAN": 200}
HOSTS |= dict.fromkeys(("rebound.example:8000", "localhost.evil.example", "127.0.0.1.evil"), 403)
HOSTS |= dict.fromkeys(("192.168.1.7", "shop.lan.evil", "::1", "", "0.0.0.0:8000"), 403)


@pytest.mark.parametrize("host", HOSTS)
def test_without_keys_only_names_of_this_machine_are_answered(own_client, client_with_key, host):
    headers = {"Host": host}
    assert own_client.get("/v1/about", headers=headers).status_code == HOSTS[host]
    change = own_client.post("/v1/collections", json={"name": "Bad Name"}, headers=headers)
    assert change.status_code == {200: 422, 403: 403}[HOSTS[host]]
    assert own_client.get("/health/live", headers=headers).status_code == 200
    client, text = client_with_key  # with keys, no page can do more than its key
    headers["Authorization"] = f"Bearer {text}"
    assert client.get("/v1/about", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["", "*", "http://shop.lan", "shop.lan:8000"])
def test_an_allowed_host_is_a_name_without_a_port(host):
    with pytest.raises(ValueError, match="host name"):
        Settings(allowed_hosts=[host])
