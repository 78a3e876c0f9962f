from functools import partial
from typing import Annotated, Literal

import pytest
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.testclient import TestClient
from pydantic import AfterValidator, Field

from api import errors
from api.fast_route import FastRoute
from api.schemas.base import RequestModel
from api.strict_requests import reject_undeclared


async def endpoint(
    c: str,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=9)] = 5,
    zip: str = "",
    format: Literal["csv", "jsonl"] = "csv",
) -> Response:
    return Response(f"{c!r} {limit!r} {zip!r} {format!r} {request.url.path}")


def check_luck(number: int) -> int:
    if number == 13:
        raise ValueError("use another number than 13")
    return number


class Basket(RequestModel):
    skus: list[Annotated[str, Field(min_length=1)]] = Field(max_length=2)
    limit: Annotated[int, AfterValidator(check_luck)] = 3


async def body_endpoint(c: str, body: Basket, request: Request) -> Response:
    return Response(f"{c!r} {body!r} {request.url.path}")


def client_of(route_class) -> TestClient:
    app = FastAPI(dependencies=[Depends(reject_undeclared)])
    errors.install(app)
    add = partial(app.router.add_api_route, route_class_override=route_class)
    add("/a/{c}", endpoint)
    add("/a/{c}", body_endpoint, methods=["POST"])
    return TestClient(app)


@pytest.fixture(scope="module")
def fast():
    return client_of(FastRoute)


@pytest.fixture(scope="module")
def standard():
    return client_of(None)


@pytest.mark.parametrize(
    "path",
    [
        "/a/x",
        "/a/x?limit=3&zip=20095&format=jsonl",
        "/a/x?limit=3&limit=4",
        "/a/x?c=y",
        "/a/x?request=z",
        "/a/x?more=1",
        "/a/%C3%BC%20?zip=%C3%BC",
        "/a/x?limit=0",
        "/a/x?limit=ten&format=xml",
        "/a/x?limit=",
        "/a/x?zip",
    ],
)
def test_a_fast_route_answers_like_a_standard_route(fast, standard, path):
    actual, expected = fast.get(path), standard.get(path)
    assert (actual.status_code, actual.text) == (expected.status_code, expected.text)


JSON = {"content-type": "application/json"}
BODIES = {
    "valid": (b'{"skus": ["a"], "limit": 1}', JSON),
    "with defaults": (b'{"skus": []}', JSON | {"content-type": "application/json; charset=utf-8"}),
    "none": (b"", {}),
    "a list": (b"[]", JSON),
    "a repeated key": (b'{"skus": [], "skus": []}', JSON),
    "an unknown key": (b'{"skus": [], "filter": {}}', JSON),
    "a missing key": (b"{}", JSON),
    "wrong types": (b'{"skus": ["", 5, "c"], "limit": "1"}', JSON),
    "another type": (b"skus=a", {"content-type": "application/x-www-form-urlencoded"}),
    "no type": (b'{"skus": []}', {}),
    "compressed": (b'{"skus": []}', JSON | {"content-encoding": "gzip"}),
}


@pytest.mark.parametrize(("content", "headers"), BODIES.values(), ids=BODIES)
def test_a_fast_route_reads_a_body_like_a_standard_route(fast, standard, content, headers):
    actual, expected = (
        client.post("/a/x", content=content, headers=headers) for client in (fast, standard)
    )
    assert (actual.status_code, actual.text) == (expected.status_code, expected.text)


def test_a_body_that_is_not_json_is_rejected_with_the_reason(fast):
    answer = fast.post("/a/x", content=b"{", headers=JSON)
    assert answer.status_code == 422
    assert "body: this is not valid JSON: Expecting property name" in answer.json()["detail"]


def test_what_a_validator_says_is_passed_on_as_it_is(fast):
    detail = fast.post("/a/x", json={"skus": [], "limit": 13}).json()["detail"]
    assert detail == "body.limit: use another number than 13"


def test_an_invalid_argument_is_named(fast):
    answer = fast.get("/a/x?limit=0")
    assert answer.status_code == 422
    assert "limit" in answer.json()["detail"]


def test_a_fast_route_is_documented_like_a_standard_route(fast, standard):
    assert fast.app.openapi() == standard.app.openapi()


def test_unsupported_parameters_are_rejected_at_registration():
    def endpoint_with_dependency(
        request: Request, thing: Annotated[int, Depends(lambda: 1)]
    ) -> Response:
        return Response(str(thing))

    with pytest.raises(TypeError, match="thing"):
        FastAPI().router.add_api_route(
            "/", endpoint_with_dependency, route_class_override=FastRoute
        )
