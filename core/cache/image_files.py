"""Which items have the same image file: members `HASH SKU` of a sorted set, found by the hash."""

from collections.abc import Mapping
from typing import Any, cast

from redis import Redis

from core.cache.image_index import read_entries
from core.cache.item_keys import PREFIX

Entries = Mapping[str, bytes]
"""The entries of items in the index of images, by SKU."""


def change_files(pipe: Any, collection: str, before: Entries, after: Entries) -> None:
    """Add the commands that replace the image files of some hundred items."""
    old, new = _members(before), _members(after)
    if removed := old - new:
        pipe.zrem(files_key(collection), *removed)
    if added := new - old:
        pipe.zadd(files_key(collection), dict.fromkeys(added, 0))


def shared_files(redis: Redis, collection: str, entries: Entries) -> list[tuple[str, str]]:
    """Return two of the items that have the same file, for each shared file of these items."""
    pipe = redis.pipeline(transaction=False)
    for file in sorted({member.split(" ", 1)[0] for member in _members(entries)}):
        begin = f"{file} ".encode()
        pipe.zrangebylex(files_key(collection), b"[" + begin, b"(" + begin + b"\xff", 0, 2)
    replies = cast("list[list[bytes]]", pipe.execute())
    sharing = [[member.decode().split(" ", 1)[1] for member in reply] for reply in replies]
    return [(skus[0], skus[1]) for skus in sharing if len(skus) > 1]


def files_key(collection: str) -> str:
    """Return the key of the sorted set."""
    return f"{PREFIX}{collection}:files"


def _members(entries: Entries) -> set[str]:
    images = read_entries({sku.encode(): row for sku, row in entries.items()})
    return {f"{image.file} {image.sku}" for image in images}
