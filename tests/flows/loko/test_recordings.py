"""Every request that was recorded of Loko, sent again to the routes that it can be wired to."""

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.stack

RECORDED = sorted((Path(__file__).parents[2] / "data/loko").glob("*.txt"))
MESSAGES = [one for one in RECORDED if ".file-" not in one.name and ".directory-" not in one.name]
FILES = [one for one in RECORDED if one not in MESSAGES]
# the pictures are of one pixel, the rest is none: what the user is told of each
SMALL = "1 x 1 pixels is too small"
TOLD = {
    "file-empty": "the upload is empty",
    "file-parameters-override": "collection name 'OVERRIDE': use 1 to 63",
    "file-png": f"red.png: this picture of {SMALL}",
    "file-zip": f"red.png: this picture of {SMALL}",
    "file-name-with-space-and-accent": f"scarpa è 1.png: this picture of {SMALL}",
    "directory-item1": f"b.png: this picture of {SMALL}",
    "directory-item2": f"a.png: this picture of {SMALL}",
    "file-from-http-route": "up load.png: ",
    "file-csv": "sales.csv: ",
    "file-no-extension": "noext: ",
}


def kind(recorded):
    return recorded.name.split(".")[1]


def replay(url, recorded, path):
    """Send it, headers and body byte for byte, to a path of ours; status, type and JSON."""
    head, _, body = recorded.read_bytes().partition(b"\r\n\r\n")
    wire = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    wire.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
    for line in head.decode().split("\r\n")[1:]:
        wire.putheader(*line.split(": ", 1))
    wire.endheaders(body)
    answer = wire.getresponse()
    told = answer.status, answer.getheader("content-type"), json.loads(answer.read())
    wire.close()
    return told


@pytest.fixture(scope="module")
def shoes(stack_http):
    """The collection that the recordings name."""
    stack_http.post("/v1/collections", json={"name": "shoes"})


def test_all_recordings_are_here():
    assert (len(MESSAGES), len(FILES)) == (18, 15)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.name)
def test_create_and_list_understand_it(stack, shoes, recorded):
    status, kind, told = replay(stack.url, recorded, "/loko/collections/create")
    assert (status, kind) == (409, "application/json")
    assert "collection 'shoes' exists" in told or "'shoes'" in told
    status, kind, told = replay(stack.url, recorded, "/loko/collections/list")
    assert (status, kind) == (200, "application/json")
    assert "shoes" in [one["name"] for one in told["items"]]


@pytest.mark.parametrize("recorded", FILES, ids=lambda path: path.name)
def test_its_file_is_read_and_told_of(stack, shoes, recorded):
    status, type_, told = replay(stack.url, recorded, "/loko/collections/add")
    assert (status, type_) == (422, "application/json")
    assert told.startswith(TOLD[kind(recorded)]), told


@pytest.mark.parametrize("recorded", MESSAGES, ids=lambda path: path.name)
def test_its_message_is_no_file_to_add(stack, shoes, recorded):
    status, kind_told, told = replay(stack.url, recorded, "/loko/collections/add")
    assert (status, kind_told) == (422, "application/json")
    assert "choose a folder" in told or "Choose a collection" in told or "OVERRIDE" in told
