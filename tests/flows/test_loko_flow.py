import http.client
import itertools
import json
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.loko_standin import BlockError, call_block

pytestmark = pytest.mark.stack

RECORDED = sorted((Path(__file__).parents[1] / "data/loko").glob("at-service.*.txt"))
_numbers = itertools.count(1)


@pytest.fixture
def name():
    return f"loko-{next(_numbers)}"


def replay(url, recorded, path):
    """Send a recorded request, headers and body byte for byte, to a path of ours."""
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


def test_a_collection_made_by_the_block_is_there_for_everybody(stack, stack_http, name):
    form = {"collection_name": name, "collection_description": "of a flow", "top_k": "25"}
    [made] = call_block(stack.url, "loko/collections/create", values=form)
    assert made == stack_http.get(f"/v1/collections/{name}").json()
    assert made["description"] == "of a flow"


def test_the_list_is_one_message(stack, stack_http, name):
    stack_http.post("/v1/collections", json={"name": name})
    [listed] = call_block(stack.url, "loko/collections/list")
    assert name in [one["name"] for one in listed["items"]]


def test_a_name_taken_is_told_in_a_sentence(stack, name):
    form = {"collection_name": name}
    call_block(stack.url, "loko/collections/create", values=form)
    with pytest.raises(BlockError, match=f"extension 'project' - .*{name}.*exists"):
        call_block(stack.url, "loko/collections/create", values=form)


def test_a_form_of_empty_fields_is_told_what_is_missing(stack):
    form = {"collection_name": "", "collection_description": "", "top_k": ""}
    with pytest.raises(BlockError, match="Give the collection a name in the block's form"):
        call_block(stack.url, "loko/collections/create", values=form)


def test_a_file_may_come_where_a_message_was_thought_of(stack, name):
    form = {"collection_name": name}
    [made] = call_block(stack.url, "loko/collections/create", file=("è 1.png", b""), values=form)
    assert made["name"] == name


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"args": 3}', b"\xff"])
def test_a_body_that_no_flow_sends_is_refused_in_a_sentence(stack, body):
    head = {"content-type": "application/json"}
    answer = httpx2.post(f"{stack.url}/loko/collections/create", content=body, headers=head)
    assert (answer.status_code, type(answer.json())) == (400, str)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.name)
def test_a_recorded_request_is_understood(stack, recorded):
    status, kind, told = replay(stack.url, recorded, "/loko/collections/create")
    assert kind == "application/json"
    if status == 200:
        assert told["name"] == "shoes"
    else:
        assert (status, "shoes" in told) == (409, True), told
    status, _, listed = replay(stack.url, recorded, "/loko/collections/list")
    assert (status, "shoes" in [one["name"] for one in listed["items"]]) == (200, True)
