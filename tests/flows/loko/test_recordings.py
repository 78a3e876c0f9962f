"""Replays every request recorded from Loko to the routes it can be linked to."""

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.stack

RECORDINGS = sorted((Path(__file__).parents[2] / "data/loko").glob("*.txt"))
MESSAGES = [
    path for path in RECORDINGS if ".file-" not in path.name and ".directory-" not in path.name
]
FILES = [path for path in RECORDINGS if path not in MESSAGES]
# the recorded images have a single pixel, other files are not images: the start of each error
TOO_SMALL = "1 x 1 pixels is too small"
ERRORS = {
    "file-empty": "the upload is empty",
    "file-parameters-override": "collection name 'OVERRIDE': use 1 to 63",
    "file-png": f"red.png: this image of {TOO_SMALL}",
    "file-zip": f"red.png: this image of {TOO_SMALL}",
    "file-name-with-space-and-accent": f"scarpa è 1.png: this image of {TOO_SMALL}",
    "directory-item1": f"b.png: this image of {TOO_SMALL}",
    "directory-item2": f"a.png: this image of {TOO_SMALL}",
    "file-from-http-route": "up load.png: ",
    "file-csv": "sales.csv has no column sku",
    "file-no-extension": "noext: ",
}


def recording_kind(recording):
    return recording.name.split(".")[1]


def replay(url, recording, path):
    """Send a recording, headers and body byte for byte, to a path; return status, type and JSON."""
    head, _, body = recording.read_bytes().partition(b"\r\n\r\n")
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
    for line in head.decode().split("\r\n")[1:]:
        connection.putheader(*line.split(": ", 1))
    connection.endheaders(body)
    response = connection.getresponse()
    result = response.status, response.getheader("content-type"), json.loads(response.read())
    connection.close()
    return result


@pytest.fixture(scope="module")
def shoes(stack_http):
    """The collection that the recordings name."""
    stack_http.post("/v1/collections", json={"name": "shoes"})


def test_all_recordings_are_present():
    assert (len(MESSAGES), len(FILES)) == (18, 15)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_create_and_list_understand_it(stack, shoes, recording):
    status, content_type, error = replay(stack.url, recording, "/loko/collections/create")
    assert (status, content_type) == (409, "application/json")
    assert "'shoes'" in error
    status, content_type, message = replay(stack.url, recording, "/loko/collections/list")
    assert (status, content_type) == (200, "application/json")
    assert "shoes" in [collection["name"] for collection in message["items"]]


@pytest.mark.parametrize("recording", FILES, ids=lambda path: path.name)
def test_its_file_is_read_and_the_error_names_it(stack, shoes, recording):
    status, content_type, error = replay(stack.url, recording, "/loko/collections/add")
    assert (status, content_type) == (422, "application/json")
    assert error.startswith(ERRORS[recording_kind(recording)]), error


@pytest.mark.parametrize("recording", MESSAGES, ids=lambda path: path.name)
def test_its_message_is_not_a_file_to_add(stack, shoes, recording):
    status, content_type, error = replay(stack.url, recording, "/loko/collections/add")
    assert (status, content_type) == (422, "application/json")
    assert "choose a folder" in error or "Choose a collection" in error or "OVERRIDE" in error
