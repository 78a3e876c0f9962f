"""The page's files, as a browser gets them."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import api
from api.app import create_app
from core.settings import Settings
from core.storage import Files, Keys
from core.storage.api_keys import Role

UI = Path(api.__file__).parent / "ui"
FILES = sorted(path.relative_to(UI).as_posix() for path in UI.rglob("*") if path.is_file())
SCRIPTS = [name for name in FILES if name.endswith(".js")]
_IMPORT = re.compile(r"""^import .*?from "([^"]+)";""", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(data=tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def client(settings):
    with TestClient(create_app(settings)) as client:
        yield client


def test_the_page_may_ask_nobody_but_this_server(client):
    policy = client.get("/").headers["content-security-policy"]
    directives = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert directives.pop("default-src") == "'none'"
    allowed = {source for sources in directives.values() for source in sources.split()}
    assert allowed == {"'self'", "'none'", "blob:", "data:"}
    assert directives["script-src"] == "'self'"


def test_every_address_in_the_page_is_relative_so_that_any_prefix_will_do(client):
    found = re.findall(r'(?:href|src)="([^"#]+)', client.get("/").text)
    assert found
    assert not [one for one in found if one.startswith(("/", "http", "."))]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_page_is_served_and_not_sent_twice(client, name):
    answer = client.get(f"/ui/{name}")
    assert answer.status_code == 200
    again = client.get(f"/ui/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_only_files_that_are_there(name):
    script = UI / name
    imported = _IMPORT.findall(script.read_text())
    assert not [one for one in imported if not (script.parent / one).is_file()]


def test_every_script_is_used():
    used = {
        (UI / name).parent.joinpath(one).resolve()
        for name in SCRIPTS
        for one in _IMPORT.findall((UI / name).read_text())
    }
    assert {(UI / name).resolve() for name in SCRIPTS} - used == {UI.resolve() / "js/main.js"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_becomes_markup_by_way_of_text(name):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", (UI / name).read_text()
    )


def test_what_is_not_of_the_page_is_not_served(client):
    for path in ("/ui/", "/ui/../page.py", "/ui/%2e%2e/page.py", "/ui/js"):
        assert client.get(path).status_code == 404


def test_the_page_is_there_without_a_key_and_its_data_are_not(tmp_path):
    settings = Settings(data=tmp_path)
    keys = Keys(Files(settings.store))
    text = keys.create("reader", Role.READ)[1]
    with TestClient(create_app(settings)) as client:
        assert client.get("/").status_code == client.get("/ui/js/main.js").status_code == 200
        assert client.get("/v1/about").status_code == 401
        told = client.get("/v1/about", headers={"Authorization": f"Bearer {text}"}).json()
        assert told["role"] == "read"


def test_who_needs_no_key_may_do_everything(client):
    told = client.get("/v1/about").json()
    assert (told["role"], told["default_encoder"]) == ("admin", "efficientnet-lite0")
