import pytest

from api.middleware.key_cache import ApiKeyCache
from core.storage import Keys, Role, open_backend
from tests.support.event_loops import in_event_loop


@pytest.mark.parametrize("length", [101, 1_000_000])
def test_a_long_wrong_key_is_not_kept_in_memory(tmp_path, length):
    keys = Keys(open_backend(tmp_path.as_uri()))
    key, text = keys.create("till", Role.READ)
    cache = ApiKeyCache(keys)

    async def find():
        return [await cache.find(f"Bearer {name}") for name in ("x" * length, "x" * 100, text)]

    assert in_event_loop(find) == [None, None, key]
    assert max(map(len, cache._entries)) == 100
