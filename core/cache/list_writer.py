"""How lists get into Redis, are put into use, and go."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from redis import Redis

from core.batching import batched
from core.connections.redis_client import guarded

PREFIX = "lookalike:lists:"
_AT_ONCE = 500

Recommendation = Mapping[str, Any]
"""sku, score, reasons."""
Payload = Mapping[str, Any]
"""What is kept of a user: orders, purchases, recommendations."""


class Lists:
    """The lists of all collections.

    Every method raises `Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

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
        mapping = {"p:" + region: lines_of(one) for region, one in lists.items()}
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


def _fields(users: list[tuple[str, Payload]]) -> Iterator[tuple[str, str]]:
    """The list by itself: it is read far more often than what else is kept."""
    for user, kept in users:
        yield "u:" + user, lines_of(kept["recommendations"])
        yield "k:" + user, _text({k: v for k, v in kept.items() if k != "recommendations"})


def lines_of(recommendations: Sequence[Recommendation]) -> str:
    """A line each: all of it as JSON, then its sku, which has no tab, to be known without that."""
    return "\n".join(f"{_text(one)}\t{one['sku']}" for one in recommendations)


def _text(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _key(collection: str, part: str) -> str:
    return f"{PREFIX}{collection}:{part}"


def _names(collection: str, generation: str) -> str:
    return _key(collection, f"{generation}:users")
