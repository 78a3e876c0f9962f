from typing import Annotated, Literal

import pytest
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.testclient import TestClient

from api import errors
from api.fast_route import FastRoute
from api.strict_requests import reject_undeclared


async def endpoint(
    c: str,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=9)] = 5,
    zip: str = "",
    format: Literal["csv", "jsonl"] = "csv",
) -> Response:
    return Response(f"{c!r} {limit!r} {zip!r} {format!r} {request.url.path}")


def client_of(route_class) -> TestClient:
    app = FastAPI(dependencies=[Depends(reject_undeclared)])
    errors.install(app)
    app.router.add_api_route("/a/{c}", endpoint, route_class_override=route_class)
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
