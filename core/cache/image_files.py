"""Which items have the same image file: members `HASH SKU` of a sorted set, found by the hash."""

from collections.abc import Mapping
from typing import Any, cast

from redis import Redis

from core.cache.image_index import read_entries
from core.cache.item_keys import key_of

Entries = Mapping[str, bytes]
"""The entries of items in the index of images, by SKU."""
_SHARED = """
local shared = {}
for _, file in ipairs(ARGV) do
  local first, last = '[' .. file .. ' ', '(' .. file .. ' \\255'
  local found = redis.call('ZRANGEBYLEX', KEYS[1], first, last, 'LIMIT', 0, 2)
  if #found == 2 then shared[#shared + 1] = found end
end
return shared
"""


def change_files(pipe: Any, collection: str, before: Entries, after: Entries) -> None:
    """Add the commands that replace the image files of some hundred items."""
    old, new = _members(before), _members(after)
    if removed := old - new:
        pipe.zrem(_key(collection), *removed)
    if added := new - old:
        pipe.zadd(_key(collection), dict.fromkeys(added, 0))


def shared_files(redis: Redis, collection: str, entries: Entries) -> list[tuple[str, str]]:
    """Return two of the items that have the same file, for each shared file of these items."""
    files = sorted({member.split(" ", 1)[0] for member in _members(entries)})
    replies = cast("list[list[bytes]]", redis.eval(_SHARED, 1, _key(collection), *files))
    pairs = ([member.decode().split(" ", 1)[1] for member in reply] for reply in replies)
    return [(first, second) for first, second in pairs]


def _key(collection: str) -> str:
    return key_of(collection, "files")


def _members(entries: Entries) -> set[str]:
    images = read_entries({sku.encode(): row for sku, row in entries.items()})
    return {f"{image.file} {image.sku}" for image in images}
