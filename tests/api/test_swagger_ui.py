"""The page at /docs: everything it loads is ours, wherever a gateway puts it."""

import re
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import Settings
from core.storage import Files, Keys, Role


@pytest.fixture(scope="module", params=["", "/shop/lookalike"])
def prefix(request):
    return request.param


@pytest.fixture(scope="module")
def client(prefix, tmp_path_factory):
    """The front end, where there are keys."""
    data = tmp_path_factory.mktemp("reference")
    Keys(Files((data / "store").as_uri())).create("till", Role.READ)
    with TestClient(create_app(Settings(data=data)), root_path=prefix) as client:
        yield client


def test_everything_it_loads_is_served_here_and_needs_no_key(client, prefix):
    page = client.get(f"{prefix}/docs")
    start = client.get(f"{prefix}/docs/start.js")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    named += re.findall(r'url: "([^"]+)"', start.text)
    urls = [urljoin(str(page.url), url) for url in named if url != "data:,"]
    assert {url.rpartition("/")[2] for url in urls} >= {"swagger-ui-bundle.js", "openapi.json"}
    for url in urls:
        assert url.startswith(f"{client.base_url}{prefix}/")
        answer = client.get(url)
        assert answer.status_code == 200
        assert len(answer.content) > 100


def test_its_policy_allows_only_what_is_served_here(client, prefix):
    page = client.get(f"{prefix}/docs")
    rules = [rule.split() for rule in page.headers["content-security-policy"].split(";")]
    assert rules[0] == ["default-src", "'none'"]
    sources = {source for _, *allowed in rules for source in allowed}
    assert sources == {"'none'", "'self'", "data:", "blob:"}
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=", page.text)


def test_what_is_not_there_is_a_problem(client, prefix):
    answer = client.get(f"{prefix}/docs/other.js")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
