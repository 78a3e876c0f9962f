"""What responses can do without is left out while a bucket accepts requests and never answers."""

import asyncio
import socket

import pytest

from api.middleware.signed_images import SignatureSource
from api.services import remembered
from api.services.score_scales import ScoreScales
from core.storage import Collections, Stores, StoreSecret, Uploads, open_backend
from tests.support.event_loops import in_event_loop


@pytest.fixture
def bucket():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent


@pytest.mark.parametrize("name", ["score scale", "image signatures"])
def test_no_second_request_waits_for_what_was_never_read(bucket, name, monkeypatch):
    endpoint = f"http://127.0.0.1:{bucket.getsockname()[1]}"
    files = open_backend(f"s3://any:any@any?endpoint={endpoint}")

    async def read():
        scales = ScoreScales(Stores(files, Collections(files), Uploads(files)))
        source = SignatureSource(StoreSecret(files, "any"))
        known = scales._known if name == "score scale" else source._signatures
        get = (lambda: scales.get("shop")) if name == "score scale" else source.current
        monkeypatch.setattr(remembered, "_PATIENCE_S", 0)
        monkeypatch.setattr(remembered, "_MAX_READ_S", 0)
        first = asyncio.create_task(get())
        while not known._is_slow:
            await asyncio.sleep(0)
        second = await get()
        is_first_waiting = not first.done()
        bucket.close()
        return second, is_first_waiting, await first

    assert in_event_loop(read) == (None, True, None)
