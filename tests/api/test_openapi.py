"""Every operation is documented: descriptions, examples, and the problems it may return."""

import itertools
import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.schemas.base import ApiModel
from core.domain import EncoderIdentity
from core.settings import Settings
from core.storage import Keys, Role, open_backend
from scripts.http_reference import sample
from tests.support.openapi_conformance import PATH_NAMES, assert_documented, description, operations

ALL = [pytest.param(*op, id=f"{op[0]} {op[1]}".replace("/", ":")) for op in operations()]
PROBLEM = "application/problem+json"
BYTES = {"text/csv", "application/offset+octet-stream"}
NOT_JSON = {"text/csv", "text/html", "text/event-stream", "application/jsonl", "application/gzip"}


@pytest.mark.parametrize(("method", "path", "operation"), ALL)
class TestAnOperation:
    def test_has_a_summary(self, method, path, operation):
        assert operation["summary"][:-1] in operation["description"]
        assert len(operation["summary"].split()) > 1
        assert operation["tags"][0] in {tag["name"] for tag in description()["tags"]}

    def test_describes_each_parameter(self, method, path, operation):
        for parameter in operation.get("parameters", []):
            opaque = {"cursor", "if-none-match"}  # values of earlier responses
            assert parameter["name"] in opaque or has_example(parameter)

    def test_has_an_example_request(self, method, path, operation):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "multipart/form-data":
                assert all(map(has_example, resolve(content["schema"])["properties"].values()))
            else:
                assert kind in BYTES or sample(content["schema"], schemas())

    def test_has_an_example_response(self, method, path, operation):
        successful = [status for status in operation["responses"] if status < "300"]
        assert successful
        for status in set(successful) - {"204"}:
            for kind, content in operation["responses"][status]["content"].items():
                assert content.get("example") or sample(content["schema"], schemas()), kind
                assert kind == "application/json" or kind in NOT_JSON or kind.startswith("image/")

    def test_has_an_example_of_each_problem(self, method, path, operation):
        for status, response in operation["responses"].items():
            if status < "400" or (path, status) == ("/health/ready", "503"):
                continue
            assert list(response["content"]) == [PROBLEM]
            for code, example in response["content"][PROBLEM]["examples"].items():
                problem = example["value"]
                assert (str(problem["status"]), problem["code"]) == (status, code)
                assert problem["detail"]


def has_example(value):
    return value["description"] and ("example" in value or " Example: `" in value["description"])


def resolve(schema):
    name = schema.get("$ref", "").rpartition("/")[2]
    return schemas()[name] if name else schema


def schemas():
    return description()["components"]["schemas"]


def models(base=ApiModel):
    """The models of the API without subclasses, such as `ItemOut`, but not `Page`."""
    subclasses = [model for model in base.__subclasses__() if model.__module__.startswith("api.")]
    return [model for subclass in subclasses for model in models(subclass)] or [base]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_an_example_is_valid_and_complete(model):
    example = sample(schemas()[model.__name__], schemas())
    value = model.model_validate_json(json.dumps(example))
    assert value.model_dump(mode="json", by_alias=True, exclude_unset=True) == example
    assert example.keys() == model.model_fields.keys()


def test_every_reference_resolves():
    text = json.dumps(description())
    parts = text.split('"$ref": "#/components/schemas/')[1:]
    references = {part.partition('"')[0] for part in parts}
    assert references == references & description()["components"]["schemas"].keys()


def test_operation_ids_are_unique():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) == len(ALL)


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """The API alone, with keys: admin, one for another collection, and an invalid one."""
    data = tmp_path_factory.mktemp("locked")
    keys = Keys(open_backend((data / "store").as_uri()))
    texts = [keys.create("a", Role.ADMIN)[1], keys.create("b", Role.READ, ("elsewhere",))[1], "bad"]
    with TestClient(create_app(Settings(data=data))) as client:
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
def test_every_status_is_documented_for_any_request(locked, method, path, operation):
    client, texts = locked
    statuses = set()
    admin, *others = texts
    requests = [(admin, body) for body in BODIES]
    requests += itertools.product(others, BODIES[:4:3])  # refused whatever the body is
    for collection, (key, body) in itertools.product(("shop", "none", "NO"), requests):
        url = path.format(c=collection, **PATH_NAMES)
        headers = {**body.get("headers", {}), "Authorization": f"Bearer {key}"}
        answer = client.request(method, url, **{**body, "headers": headers})
        assert_documented(answer)
        statuses.add(answer.status_code)
    assert len(statuses) > 1 or path.startswith("/health")
