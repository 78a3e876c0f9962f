"""The page at /docs: everything it loads comes from this server, below any prefix."""

import re
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import Settings
from core.storage import Keys, Role, open_backend


@pytest.fixture(scope="module", params=["", "/shop/lookalike"])
def prefix(request):
    return request.param


@pytest.fixture(scope="module")
def client(prefix, tmp_path_factory):
    """The API with a key."""
    data = tmp_path_factory.mktemp("docs")
    Keys(open_backend((data / "store").as_uri())).create("till", Role.READ)
    with TestClient(create_app(Settings(data=data)), root_path=prefix) as client:
        yield client


def test_everything_it_loads_is_served_here_without_a_key(client, prefix):
    page = client.get(f"{prefix}/docs")
    start = client.get(f"{prefix}/docs/start.js")
    references = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    references += re.findall(r'url: "([^"]+)"', start.text)
    urls = [urljoin(str(page.url), url) for url in references if url != "data:,"]
    assert {url.rpartition("/")[2] for url in urls} >= {"swagger-ui-bundle.js", "openapi.json"}
    for url in urls:
        assert url.startswith(f"{client.base_url}{prefix}/")
        answer = client.get(url)
        assert answer.status_code == 200
        assert len(answer.content) > 100


def test_its_policy_only_allows_this_server(client, prefix):
    page = client.get(f"{prefix}/docs")
    rules = [rule.split() for rule in page.headers["content-security-policy"].split(";")]
    assert rules[0] == ["default-src", "'none'"]
    sources = {source for _, *allowed in rules for source in allowed}
    assert sources == {"'none'", "'self'", "data:", "blob:"}
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=", page.text)


def test_a_missing_file_is_a_problem(client, prefix):
    answer = client.get(f"{prefix}/docs/other.js")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
