"""What every answer says of itself, whoever made it; and which pages may ask."""

import base64
import hashlib
import re

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.report.page import POLICY, About, report_page
from core.settings import Settings
from core.storage import Files, Keys, Role
from tests.support.servers import free_port

SHOP = "https://shop.example"
FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def client_of(tmp_path, **settings):
    ports = {name: free_port() for name in ("redis", "cache", "milvus")}  # nothing listens there
    app = create_app(Settings(data=tmp_path, ports=ports, **settings))

    @app.get("/bug")
    def bug():
        raise ZeroDivisionError

    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def client(tmp_path):
    with client_of(tmp_path) as client:
        yield client


WAYS = [("GET", path) for path in ("/", "/ui/js/main.js", "/docs", "/docs/start.js", "/v1/about")]
WAYS += [("GET", path) for path in ("/v1/nothing", "/v1/jobs", "/bug", "/health/live")]
WAYS += [("PUT", "/v1/collections"), ("POST", "/v1/collections"), ("GET", "/openapi.json")]


@pytest.mark.parametrize(("method", "path"), WAYS)
def test_every_answer_shuts_what_it_does_not_need(client, method, path):
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


def test_a_refusal_at_the_door_has_them_too(tmp_path):
    with client_of(tmp_path) as client:
        Keys(Files((tmp_path / "store").as_uri())).create("a", Role.READ)
        answer = client.get("/v1/about")
    assert answer.status_code == 401
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_report_allows_its_one_style_and_nothing_else():
    page = report_page({}, About("shop", "one", False, [])).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert " style=" not in page
    assert "<script" not in page


@pytest.mark.parametrize("sent", ["abc-123", "a" * 64, "req:7._x"])
def test_a_sane_id_of_the_callers_is_taken(client, sent):
    answer = client.get("/v1/nothing", headers={"X-Request-ID": sent})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "a b", "a" * 65, '"', "<x>", "a\tb", b"\xff"])
def test_any_other_id_is_replaced(client, sent):
    answers = [client.get("/v1/nothing", headers={"X-Request-ID": sent}) for _ in range(2)]
    made = {answer.headers["x-request-id"] for answer in answers}
    assert len(made) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in made)


def test_a_bug_tells_its_id_and_nothing_of_itself(client):
    answer = client.get("/bug")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert not re.search("Zero|Traceback|line", answer.text)


def preflight(client, origin):
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "prefer"}
    return client.options("/v1/collections", headers={"Origin": origin, **asked})


def test_pages_of_other_servers_are_answered_nothing(client):
    answers = [preflight(client, SHOP), client.get("/v1/about", headers={"Origin": SHOP})]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_page_of_an_origin_that_is_set_may_ask_with_a_key_and_without_credentials(tmp_path):
    with client_of(tmp_path, origins=[SHOP]) as client:
        text = Keys(Files((tmp_path / "store").as_uri())).create("a", Role.READ)[1]
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
def test_an_origin_is_one_server_and_never_all(origin):
    with pytest.raises(ValueError, match="origin"):
        Settings(origins=[origin])


def test_a_foreign_page_changes_nothing_where_there_are_no_keys(tmp_path):
    made = {"json": {"name": "Bad Name"}}  # let in, it is 422
    with client_of(tmp_path, origins=[SHOP]) as client:
        assert client.post("/v1/collections", headers=FOREIGN, **made).status_code == 403
        own = {"Origin": SHOP, "Sec-Fetch-Site": "cross-site"}
        assert client.post("/v1/collections", headers=own, **made).status_code == 422
        same = {"Sec-Fetch-Site": "same-origin"}
        assert client.post("/v1/collections", headers=same, **made).status_code == 422
        assert client.get("/v1/about", headers=FOREIGN).status_code == 200
