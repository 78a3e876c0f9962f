"""Each user's recommendations, ready in Redis B: one read serves them.

Lists are written under their generation; a pointer says which generation is live, so nobody sees
half a training. What is lost here is filled in again from the store.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson
from redis import Redis
from redis.exceptions import NoScriptError

from core.batches import batched
from core.redis_door import guarded

_PREFIX = "lookalike:lists:"
_READ = (Path(__file__).parent / "lists.lua").read_text()
_AT_ONCE = 500

Recommendation = Mapping[str, Any]
"""sku, score, reasons."""
Payload = Mapping[str, Any]
"""What is kept of a user: orders, purchases, recommendations."""


@dataclass(frozen=True)
class Found:
    """What is offered to a user: a list of their own, or what is popular where they are."""

    generation: str
    personal: bool
    recommendations: list[dict[str, Any]]


class Lists:
    """The lists of all collections.

    Every method raises `Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._script = redis.register_script(_READ)

    @guarded
    def write(self, collection: str, generation: str, users: Iterable[tuple[str, Payload]]) -> None:
        """Add users' lists to a generation that is not live yet."""
        key, names = _key(collection, generation), _names(collection, generation)
        for some in batched(users, _AT_ONCE):
            pipe = self._redis.pipeline(transaction=False)
            pipe.hset(key, mapping=dict(_fields(some)))
            pipe.zadd(names, dict.fromkeys((user for user, _ in some), 0))
            pipe.execute()

    @guarded
    def write_popular(
        self, collection: str, generation: str, lists: Mapping[str, Sequence[Recommendation]]
    ) -> None:
        """Add what is popular in each region; the region of all is ''."""
        mapping = {"p:" + region: _text(one) for region, one in lists.items()}
        self._redis.hset(_key(collection, generation), mapping=cast("Any", mapping))

    @guarded
    def count(self, collection: str, generation: str) -> int:
        """How many users have a list in a generation."""
        return self._redis.zcard(_names(collection, generation))

    @guarded
    def go_live(
        self, collection: str, generation: str, *, gone: Collection[str] | None = None
    ) -> None:
        """Serve this generation from now on, whole.

        `gone` are the skus to be left out of its answers, in place of those that were hidden so
        far; None: they remain.
        """
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(_key(collection, "live"), generation)
        if gone is not None:
            pipe.delete(_key(collection, "gone"))
        if gone:
            pipe.sadd(_key(collection, "gone"), *gone)
        pipe.execute()

    @guarded
    def live(self, collection: str) -> str | None:
        """The generation that is served."""
        found = cast("bytes | None", self._redis.get(_key(collection, "live")))
        return found.decode() if found else None

    @guarded
    def hide(self, collection: str, sku: str) -> None:
        """Leave a sku out of all answers from now on."""
        self._redis.sadd(_key(collection, "gone"), sku)

    @guarded
    def drop(self, collection: str, generation: str) -> None:
        """Remove a generation."""
        self._redis.unlink(_key(collection, generation), _names(collection, generation))

    @guarded
    def drop_user(self, collection: str, generation: str, user: str) -> None:
        """Remove one user's list."""
        self._redis.hdel(_key(collection, generation), "u:" + user, "k:" + user)
        self._redis.zrem(_names(collection, generation), user)

    @guarded
    def drop_all(self, collection: str, generations: Sequence[str]) -> None:
        """Remove all that is kept of a collection."""
        for generation in generations:
            self.drop(collection, generation)
        self._redis.unlink(_key(collection, "live"), _key(collection, "gone"))

    @guarded
    def read(self, collection: str, user: str, regions: Sequence[str]) -> Found | None:
        """A user's list or, for one without, what is popular in the first region that has a list.

        One round trip. None where nothing has been published, or all has been lost.
        """
        found = self._read(_PREFIX + collection, user, *regions)
        if found is None:
            return None
        generation, kind, gone, text = cast("bytes", found).split(b"\n", 3)
        rows = orjson.loads(text)
        if gone:
            hidden = set(gone.decode().split("\t"))
            rows = [row for row in rows if row["sku"] not in hidden]
        return Found(generation.decode(), kind == b"u", rows)

    @guarded
    def users(
        self, collection: str, *, prefix: str, after: str, limit: int
    ) -> list[tuple[str, dict[str, Any]]]:
        """Users of the live generation whose names begin so, in order: orders and purchases."""
        live = self.live(collection)
        if live is None:
            return []
        first = b"(" + after.encode() if after else b"[" + prefix.encode()
        last = b"[" + prefix.encode() + b"\xff" if prefix else b"+"
        names = cast(
            "list[bytes]",
            self._redis.zrangebylex(_names(collection, live), first, last, start=0, num=limit),
        )
        fields = [b"k:" + name for name in names]
        rows = self._redis.hmget(_key(collection, live), fields) if names else []
        pairs = zip(names, cast("list[Any]", rows), strict=True)
        return [(name.decode(), json.loads(row)) for name, row in pairs if row]

    def _read(self, *args: str) -> Any:
        """Run the script; its own way to the command takes half as long again."""
        try:
            return cast("Any", self._redis).execute_command("EVALSHA", self._script.sha, 0, *args)
        except NoScriptError:
            return self._script(args=args)


def _fields(users: list[tuple[str, Payload]]) -> Iterator[tuple[str, str]]:
    """The list by itself: it is read far more often than what else is kept."""
    for user, kept in users:
        yield "u:" + user, _text(kept["recommendations"])
        yield "k:" + user, _text({k: v for k, v in kept.items() if k != "recommendations"})


def _text(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _key(collection: str, part: str) -> str:
    return f"{_PREFIX}{collection}:{part}"


def _names(collection: str, generation: str) -> str:
    return _key(collection, f"{generation}:users")
