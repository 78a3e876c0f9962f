import socket

import pytest

from api.middleware.key_cache import ApiKeyCache
from api.services import remembered
from core.storage import Keys, Role, open_backend
from tests.support.event_loops import in_event_loop


@pytest.fixture
def keys(tmp_path):
    return Keys(open_backend(tmp_path.as_uri()))


@pytest.mark.parametrize("length", [101, 1_000_000])
def test_a_long_wrong_key_is_not_kept_in_memory(keys, length):
    key, text = keys.create("till", Role.READ)
    cache = ApiKeyCache(keys)

    async def find():
        return [await cache.find(f"Bearer {name}") for name in ("x" * length, "x" * 100, text)]

    assert in_event_loop(find) == [None, None, key]
    assert max(map(len, cache._entries._known)) == 100


def test_a_known_key_does_not_wait_for_a_bucket_that_accepts_requests_and_never_answers(
    keys, monkeypatch
):
    key, text = keys.create("till", Role.READ)
    cache = ApiKeyCache(keys)
    silent = socket.create_server(("127.0.0.1", 0))
    bucket = f"http://127.0.0.1:{silent.getsockname()[1]}"

    async def find():
        accepted = [await cache.find(f"Bearer {text}")]
        cache._keys = Keys(open_backend(f"s3://any:any@any?endpoint={bucket}"))
        expired = remembered.monotonic() + 2
        monkeypatch.setattr(remembered, "monotonic", lambda: expired)
        accepted.append(await cache.find(f"Bearer {text}"))
        monkeypatch.setattr(remembered, "_PATIENCE_S", 3600)  # nor does the next one
        accepted.append(await cache.find(f"Bearer {text}"))
        attempts = len(cache._entries._reading)
        silent.close()
        return accepted, attempts

    assert in_event_loop(find) == ([key] * 3, 1)
