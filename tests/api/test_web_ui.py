"""The files of the web UI, as a browser gets them."""

import json
import re
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import api
from api import web_ui
from api.app import create_app
from core.sales.header import ALIASES
from core.serving.usual_attributes import PRICES, TITLES
from core.settings import Settings
from core.storage import Keys, open_backend
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


def test_the_page_may_only_call_this_server(client):
    policy = client.get("/").headers["content-security-policy"]
    directives = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert directives.pop("default-src") == "'none'"
    allowed = {source for sources in directives.values() for source in sources.split()}
    assert allowed == {"'self'", "'none'", "blob:", "data:"}
    assert directives["script-src"] == "'self'"


def test_urls_in_the_page_are_relative_so_that_any_prefix_works(client):
    urls = re.findall(r'(?:href|src)="([^"#]+)', client.get("/").text)
    assert urls
    assert not [url for url in urls if url.startswith(("/", "http", "."))]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_served_and_then_revalidated(client, name):
    answer = client.get(f"/ui/{name}")
    assert answer.status_code == 200
    again = client.get(f"/ui/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_files_of_the_page_are_kept_by_browsers_and_compressed(client):
    [url] = re.findall(r'src="([^"]+main.js)"', client.get("/").text)
    versioned = client.get(f"/{url}", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in versioned.headers["cache-control"]
    assert versioned.headers["content-encoding"] == "gzip"
    assert versioned.content == (UI / "js/main.js").read_bytes()


def test_a_page_of_another_version_gets_files_that_its_browser_does_not_keep(client):
    other = client.get("/ui/v-0123456789abcdef/js/main.js")
    assert other.headers["cache-control"] == "no-cache"
    assert other.content == (UI / "js/main.js").read_bytes()


@pytest.fixture
def style(tmp_path, monkeypatch):
    """A style sheet of a copy of the files, which are served from now on."""
    files = shutil.copytree(UI, tmp_path / "ui")
    monkeypatch.setattr(web_ui, "_FOLDER", files)
    return files / "css" / "base.css"


def change(style):
    style.write_text(style.read_text().replace("#faf9f7", "#faf9f8"))


def test_the_version_of_the_files_changes_with_any_of_them(style):
    before = web_ui._version()
    change(style)
    assert web_ui._version().name != before.name


def test_a_file_that_changed_after_the_start_is_not_kept(style):
    app = FastAPI()
    web_ui.install(app)
    with TestClient(app) as client:
        [url] = re.findall(r'href="([^"]+base.css)"', client.get("/").text)
        before = client.get(f"/{url}")
        change(style)
        after = client.get(f"/{url}")
    assert "immutable" in before.headers["cache-control"]
    assert after.headers["cache-control"] == "no-cache"
    assert after.content == style.read_bytes() != before.content


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_only_imports_existing_files(name):
    script = UI / name
    imported = _IMPORT.findall(script.read_text())
    assert not [path for path in imported if not (script.parent / path).is_file()]


def test_every_script_is_used():
    used = {
        (UI / name).parent.joinpath(path).resolve()
        for name in SCRIPTS
        for path in _IMPORT.findall((UI / name).read_text())
    }
    assert {(UI / name).resolve() for name in SCRIPTS} - used == {UI.resolve() / "js/main.js"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_turns_text_into_markup(name):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", (UI / name).read_text()
    )


def test_other_files_are_not_served(client):
    for path in ("/ui/", "/ui/../web_ui.py", "/ui/%2e%2e/web_ui.py", "/ui/js"):
        assert client.get(path).status_code == 404


def test_the_page_needs_no_key_but_its_data_do(tmp_path):
    settings = Settings(data=tmp_path)
    keys = Keys(open_backend(settings.store))
    text = keys.create("reader", Role.READ)[1]
    with TestClient(create_app(settings)) as client:
        assert client.get("/").status_code == client.get("/ui/js/main.js").status_code == 200
        assert client.get("/v1/about").status_code == 401
        about = client.get("/v1/about", headers={"Authorization": f"Bearer {text}"}).json()
        assert about["role"] == "read"


def test_without_keys_the_role_is_admin(client):
    about = client.get("/v1/about").json()
    assert (about["role"], about["default_encoder"]) == ("admin", "efficientnet-lite2")


def test_the_page_knows_the_same_names_of_sales_columns_as_the_server():
    text = (UI / "js" / "imports" / "sales_columns.js").read_text()
    columns = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert columns == {name: aliases.split() for name, aliases in ALIASES.items()}


def test_the_page_knows_the_same_usual_attributes_as_the_server():
    text = (UI / "js" / "usual_attributes.js").read_text()
    names = json.loads(text[text.index('{\n  "') : text.index("};") + 1])
    assert names == {"titles": list(TITLES), "prices": list(PRICES)}
