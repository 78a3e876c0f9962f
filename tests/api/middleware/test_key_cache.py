import socket

import pytest

from api.middleware.key_cache import ApiKeyCache
from api.services import remembered
from core.errors import Unavailable
from core.storage import Keys, Role, open_backend
from tests.support.event_loops import in_event_loop


@pytest.fixture
def keys(tmp_path):
    return Keys(open_backend(tmp_path.as_uri()))


def test_wrong_keys_are_not_kept_in_memory(keys):
    key, text = keys.create("till", Role.READ)
    cache = ApiKeyCache(keys)
    wrong = [text[:-1] + "_", "lk_00000000_" + "x" * 43, "x", "x" * 1_000_000]

    async def find():
        return [await cache.find(f"Bearer {name}") for name in (*wrong, text)]

    assert in_event_loop(find) == [*[None] * 4, key]
    assert list(cache._entries._known) == [text]


def test_no_key_waits_for_a_bucket_that_accepts_requests_and_never_answers(keys, monkeypatch):
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
        monkeypatch.setattr(remembered, "_PATIENCE_S", 0)
        monkeypatch.setattr(remembered, "_MAX_READ_S", 0)
        for _ in range(3):
            with pytest.raises(Unavailable):
                await cache.find(f"Bearer lk_00000000_{'x' * 43}")
        attempts = len(cache._entries._reading)
        silent.close()
        return accepted, attempts

    assert in_event_loop(find) == ([key] * 3, 1)
