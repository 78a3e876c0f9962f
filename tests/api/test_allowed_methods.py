"""The methods that a 405 response lists; the tables are written by hand."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import Settings

C = "/v1/collections"
METHODS = {
    C: "GET, HEAD, POST",
    f"{C}/shop": "DELETE, GET, HEAD, PATCH",
    f"{C}/shop/items/A": "DELETE, GET, HEAD, PATCH, PUT",
    f"{C}/shop/search": "POST",
    f"{C}/shop/sales/1": "DELETE",
    "/v1/jobs/1/cancel": "POST",
    "/health/live": "GET, HEAD",
    "/docs": "GET, HEAD",
    "/": "GET, HEAD",
    "/ui/js/main.js": "GET, HEAD",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with TestClient(create_app(Settings(data=tmp_path_factory.mktemp("methods")))) as client:
        yield client


@pytest.mark.parametrize("path", METHODS)
def test_a_rejected_method_is_told_all_methods_of_the_path(client, path):
    answer = client.request("TRACE", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, METHODS[path])
    assert METHODS[path] in answer.json()["detail"]
    for method in METHODS[path].split(", "):
        assert client.request(method, path).status_code != 405


@pytest.mark.parametrize("path", [f"{C}/", f"{C}/shop/", "/v1/jobs/", "/health/live/", "/docs/"])
def test_a_path_with_a_slash_at_its_end_is_not_redirected(client, path):
    assert client.delete(path, follow_redirects=False).status_code in {404, 405}
