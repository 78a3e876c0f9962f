from typing import Annotated, Literal

import pytest
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.testclient import TestClient

from api import errors
from api.fast_route import LeanRoute


async def told(
    c: str,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=9)] = 5,
    zip: str = "",
    format: Literal["csv", "jsonl"] = "csv",
) -> Response:
    return Response(f"{c!r} {limit!r} {zip!r} {format!r} {request.url.path}")


def client_of(route_class) -> TestClient:
    app = FastAPI()
    errors.install(app)
    app.router.add_api_route("/a/{c}", told, route_class_override=route_class)
    return TestClient(app)


@pytest.fixture(scope="module")
def lean():
    return client_of(LeanRoute)


@pytest.fixture(scope="module")
def usual():
    return client_of(None)


@pytest.mark.parametrize(
    "path",
    [
        "/a/x",
        "/a/x?limit=3&zip=20095&format=jsonl",
        "/a/x?limit=3&limit=4",
        "/a/x?c=y&request=z&more=1",
        "/a/%C3%BC%20?zip=%C3%BC",
        "/a/x?limit=0",
        "/a/x?limit=ten&format=xml",
        "/a/x?limit=",
        "/a/x?zip",
    ],
)
def test_a_lean_route_answers_as_any_other(lean, usual, path):
    found, expected = lean.get(path), usual.get(path)
    assert (found.status_code, found.text) == (expected.status_code, expected.text)


def test_a_wrong_argument_is_named_with_its_place(lean):
    answer = lean.get("/a/x?limit=0")
    assert answer.status_code == 422
    assert "limit" in answer.json()["detail"]


def test_a_lean_route_is_described_as_any_other(lean, usual):
    assert lean.app.openapi() == usual.app.openapi()


def test_what_a_lean_route_cannot_give_is_refused_when_it_is_made():
    def needy(request: Request, thing: Annotated[int, Depends(lambda: 1)]) -> Response:
        return Response(str(thing))

    with pytest.raises(TypeError, match="thing"):
        FastAPI().router.add_api_route("/", needy, route_class_override=LeanRoute)
