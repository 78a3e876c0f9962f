"""Every operation is described: in words, by example, with the problems it may answer."""

import itertools
import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.schemas.examples import EXAMPLES
from core.domain import EncoderIdentity
from core.settings import Settings
from core.storage import Files, Keys, Role
from tests.support.openapi_conformance import check_described, description, operations
from tests.support.servers import free_port

ALL = [pytest.param(*one, id=f"{one[0]} {one[1]}".replace("/", ":")) for one in operations()]
PROBLEM = "application/problem+json"
NOT_JSON = {"text/csv", "text/html", "text/event-stream", "application/jsonl"}


@pytest.mark.parametrize(("method", "path", "operation"), ALL)
class TestAnOperation:
    def test_has_words(self, method, path, operation):
        assert operation["summary"][:-1] in operation["description"]
        assert len(operation["summary"].split()) > 1
        assert operation["tags"][0] in {tag["name"] for tag in description()["tags"]}

    def test_tells_of_each_parameter(self, method, path, operation):
        for parameter in operation.get("parameters", []):
            opaque = {"cursor", "if-none-match"}  # only an answer before gives it
            assert parameter["name"] in opaque or shown(parameter)

    def test_shows_a_request(self, method, path, operation):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            schema = resolved(content["schema"])
            fields = schema.get("properties", {})
            assert "example" in content or kind == "text/csv" or all(map(shown, fields.values()))

    def test_shows_an_answer(self, method, path, operation):
        good = [status for status in operation["responses"] if status < "300"]
        assert good
        for status in set(good) - {"204"}:
            for kind, content in operation["responses"][status]["content"].items():
                assert content["example"], kind
                assert kind == "application/json" or kind in NOT_JSON or kind.startswith("image/")

    def test_shows_each_problem(self, method, path, operation):
        for status, told in operation["responses"].items():
            if status < "400" or (path, status) == ("/health/ready", "503"):
                continue
            assert list(told["content"]) == [PROBLEM]
            for code, example in told["content"][PROBLEM]["examples"].items():
                problem = example["value"]
                assert (str(problem["status"]), problem["code"]) == (status, code)
                assert problem["detail"]


def shown(value):
    return value["description"] and ("example" in value or " Like `" in value["description"])


def resolved(schema):
    name = schema.get("$ref", "").rpartition("/")[2]
    return description()["components"]["schemas"][name] if name else schema


@pytest.mark.parametrize("shape", EXAMPLES, ids=lambda shape: shape.__name__)
def test_an_example_is_of_its_shape_and_leaves_nothing_out(shape):
    made = shape.model_validate_json(json.dumps(EXAMPLES[shape]))
    asked = shape.model_config.get("extra") == "forbid" or shape.__name__ == "ProblemOut"
    assert made.model_dump(mode="json", exclude_unset=True) == EXAMPLES[shape]
    assert asked or EXAMPLES[shape].keys() == shape.model_fields.keys()


def test_what_is_named_is_there():
    text = json.dumps(description())
    named = {one.partition('"')[0] for one in text.split('"$ref": "#/components/schemas/')[1:]}
    assert named == named & description()["components"]["schemas"].keys()


def test_names_of_operations_are_unique():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) == len(ALL)


@pytest.fixture(scope="module")
def shut(tmp_path_factory):
    """The front end where no other part runs, and keys: a good one, and one for elsewhere."""
    data = tmp_path_factory.mktemp("shut")
    ports = {name: free_port() for name in ("redis", "cache", "milvus")}
    keys = Keys(Files((data / "store").as_uri()))
    texts = [keys.create("a", Role.ADMIN)[1], keys.create("b", Role.READ, ("elsewhere",))[1], "bad"]
    with TestClient(create_app(Settings(data=data, ports=ports))) as client:
        services = client.app.state.services
        services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        yield client, texts


BODIES = (
    {},
    {"json": {}},
    {"json": {"name": "shop", "attributes": {}}},
    {"content": b"{", "headers": {"content-type": "application/json"}},
    {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    {"content": b"a,b\n", "headers": {"content-type": "text/csv"}},
    {"files": {"image": b"GIF"}, "params": {"limit": 0, "filter": "{"}},
)


@pytest.mark.parametrize(("method", "path", "operation"), ALL)
def test_whatever_is_sent_the_status_is_described(shut, method, path, operation):
    client, texts = shut
    seen = set()
    for collection, key, body in itertools.product(("shop", "none", "NO"), texts, BODIES):
        url = path.format(c=collection, sku="A-1", upload="0" * 32, user="ann", job="0" * 32)
        headers = {**body.get("headers", {}), "Authorization": f"Bearer {key}"}
        answer = client.request(method, url, **{**body, "headers": headers})
        check_described(answer)
        seen.add(answer.status_code)
    assert len(seen) > 1 or path.startswith("/health")
