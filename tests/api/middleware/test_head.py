"""HEAD is answered as GET is, without the body."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.middleware.head import Head
from core.settings import Settings


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
def test_head_is_answered_as_get_is_without_the_body(client, path, status):
    got, asked = client.get(path), client.head(path)
    assert (got.status_code, asked.status_code, asked.content) == (status, status, b"")
    for name in ("content-type", "content-length"):
        assert asked.headers[name] == got.headers[name]


def test_a_stream_without_an_end_is_not_waited_for():
    async def endless(scope, receive, send):
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await anyio.sleep_forever()

    sent = []

    async def ask():
        async def keep(message):
            sent.append(message["type"])

        with anyio.fail_after(5):
            await Head(endless)({"type": "http", "method": "HEAD"}, None, keep)

    with ThreadPoolExecutor(1) as beside:  # in this thread a browser of other tests may run a loop
        beside.submit(anyio.run, ask).result()
    assert sent == ["http.response.start", "http.response.body"]
