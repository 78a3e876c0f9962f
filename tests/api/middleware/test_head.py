"""HEAD is answered like GET, without the body."""

import anyio
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.middleware.head import HeadMiddleware
from core.settings import Settings
from tests.support.event_loops import in_event_loop


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with TestClient(create_app(Settings(data=tmp_path_factory.mktemp("head")))) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health/live", 200),
        ("/v1/collections", 200),
        ("/openapi.json", 200),
        ("/", 200),
        ("/v1/collections/shop/recommender/report", 404),
        ("/v1/nothing", 404),
        ("/v1/collections/shop/search", 405),
    ],
)
def test_head_is_answered_like_get_without_the_body(client, path, status):
    get, head = client.get(path), client.head(path)
    assert (get.status_code, head.status_code, head.content) == (status, status, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == get.headers[name]


def test_an_endless_stream_is_canceled():
    async def endless(scope, receive, send):
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await anyio.sleep_forever()

    sent = []

    async def request():
        async def record(message):
            sent.append(message["type"])

        with anyio.fail_after(5):
            await HeadMiddleware(endless)({"type": "http", "method": "HEAD"}, None, record)

    in_event_loop(request)
    assert sent == ["http.response.start", "http.response.body"]
