"""Writes recommendation lists to Redis, publishes and removes them; reads them for exports."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from redis import Redis

from core.batching import batched
from core.cache.rule_versions import PREFIX as RULES_PREFIX
from core.connections.redis_client import translate_errors
from core.errors import Unavailable
from core.item_links import LINK_SUMMARY, LinkSummary
from core.recommendations import (
    ORDER_LINES,
    RECOMMENDATIONS,
    USER_PURCHASES,
    OrderLines,
    Recommendation,
    UserLists,
    UserPurchases,
    to_json,
)

PREFIX = "lookalike:lists:"
_BATCH = 500


class PublishedList(NamedTuple):
    """What the cache has of a user, as texts: most of it is not worth parsing."""

    user: str
    rows: bytes
    """The list, best first, in the lines of `to_lines`."""
    purchases: bytes
    """`UserPurchases` as JSON."""


class CacheWriter:
    """Writes, publishes, removes and reads the recommendation lists of all collections.

    Every method raises `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def write(
        self, collection: str, generation: str, users: Iterable[tuple[str, UserLists]]
    ) -> None:
        """Add users and their lists to a generation."""
        key, users_key = _key(collection, generation), _users_key(collection, generation)
        for batch in batched(users, _BATCH):
            pipe = self._redis.pipeline(transaction=False)
            pipe.hset(key, mapping=dict(_fields(batch)))
            pipe.zadd(users_key, dict.fromkeys((user for user, _ in batch), 0))
            pipe.execute()

    @translate_errors
    def write_popular(
        self, collection: str, generation: str, lists: Mapping[str, list[Recommendation]]
    ) -> None:
        """Add the popular items of each region; the region '' contains all users."""
        mapping = {"p:" + region: to_lines(rows) for region, rows in lists.items()}
        self._redis.hset(_key(collection, generation), mapping=cast("Any", mapping))

    @translate_errors
    def write_links(
        self,
        collection: str,
        generation: str,
        summary: LinkSummary,
        rows: Iterable[tuple[str, str]],
    ) -> None:
        """Add the links of all items, as SKUs and texts; the summary comes last: it marks them."""
        key = _key(collection, generation)
        for batch in batched(rows, _BATCH):
            self._redis.hset(key, mapping={"l:" + sku: text for sku, text in batch})
        self._redis.hset(key, "links", cast("Any", LINK_SUMMARY.dump_json(summary)))

    @translate_errors
    def has_links(self, collection: str, generation: str) -> bool:
        """Return whether the links of a generation are complete."""
        return bool(self._redis.hexists(_key(collection, generation), "links"))

    @translate_errors
    def count(self, collection: str, generation: str) -> int:
        """Return the number of users who have a list in a generation."""
        return self._redis.zcard(_users_key(collection, generation))

    @translate_errors
    def go_live(
        self, collection: str, generation: str, *, hidden_skus: Collection[str] | None = None
    ) -> None:
        """Serve the lists of this generation from now on.

        `hidden_skus` replaces the set of SKUs that responses leave out; None keeps that set.
        """
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(_key(collection, "live"), generation)
        if hidden_skus is not None:
            pipe.delete(_key(collection, "hidden"))
        if hidden_skus:
            pipe.sadd(_key(collection, "hidden"), *hidden_skus)
        pipe.execute()

    @translate_errors
    def live(self, collection: str) -> str | None:
        """Return the live generation; None if nothing was published."""
        generation = cast("bytes | None", self._redis.get(_key(collection, "live")))
        return generation.decode() if generation else None

    @translate_errors
    def hide(self, collection: str, sku: str) -> None:
        """Leave a SKU out of all responses from now on."""
        self._redis.sadd(_key(collection, "hidden"), sku)

    @translate_errors
    def drop(self, collection: str, generation: str) -> None:
        """Remove a generation."""
        self._redis.unlink(_key(collection, generation), _users_key(collection, generation))

    @translate_errors
    def drop_user(self, collection: str, generation: str, user: str) -> None:
        """Remove one user's list."""
        self._redis.hdel(
            _key(collection, generation), *(part + user for part in ("u:", "k:", "h:"))
        )
        self._redis.zrem(_users_key(collection, generation), user)

    @translate_errors
    def drop_all(self, collection: str, generations: Sequence[str]) -> None:
        """Remove these generations and all other data of a collection."""
        for generation in generations:
            self.drop(collection, generation)
        self.withdraw(collection)
        self._redis.unlink(RULES_PREFIX + collection)

    @translate_errors
    def withdraw(self, collection: str) -> None:
        """Stop serving the lists of a collection."""
        self._redis.unlink(_key(collection, "live"), _key(collection, "hidden"))

    @translate_errors
    def users(
        self, collection: str, *, prefix: str, after: str, limit: int
    ) -> list[tuple[str, UserPurchases]]:
        """Return users of the live generation with their orders and purchases, sorted by name."""
        live = self.live(collection)
        if live is None:
            return []
        first = b"(" + after.encode() if after else b"[" + prefix.encode()
        last = b"[" + prefix.encode() + b"\xff" if prefix else b"+"
        names = cast(
            "list[bytes]",
            self._redis.zrangebylex(_users_key(collection, live), first, last, start=0, num=limit),
        )
        fields = [b"k:" + name for name in names]
        rows = self._redis.hmget(_key(collection, live), fields) if names else []
        pairs = zip(names, cast("list[Any]", rows), strict=True)
        return [(name.decode(), USER_PURCHASES.validate_json(row)) for name, row in pairs if row]

    @translate_errors
    def order_lines(self, collection: str, generation: str, user: str) -> OrderLines | None:
        """Return the order lines of a user; no lines if a generation does not know the user.

        None means that the generation was made before order lines were kept.
        """
        fields = ["k:" + user, "h:" + user]
        known, lines = cast("list[Any]", self._redis.hmget(_key(collection, generation), fields))
        if known is None:
            return OrderLines([], [], [], [], complete=True)
        return None if lines is None else ORDER_LINES.validate_json(zlib.decompress(lines))

    @translate_errors
    def published(
        self, collection: str, generation: str, *, after: str, limit: int
    ) -> list[PublishedList]:
        """Return the lists of the users of a generation after this one, sorted by name.

        Raises:
            Unavailable: the cache has lost this generation, or Redis does not respond.
        """
        key, users_key = _key(collection, generation), _users_key(collection, generation)
        first = b"(" + after.encode() if after else b"-"
        pipe = self._redis.pipeline(transaction=False)
        pipe.exists(key, users_key)
        pipe.zrangebylex(users_key, first, b"+", start=0, num=limit)
        existing, names = pipe.execute()
        fields = [prefix + name for name in names for prefix in (b"u:", b"k:")]
        texts = cast("list[Any]", self._redis.hmget(key, fields)) if names else []
        if existing < 2 or None in texts:
            raise Unavailable("the cache has lost recommendation lists; retry later")
        pairs = zip(names, texts[::2], texts[1::2], strict=True)
        return [PublishedList(name.decode(), rows, known) for name, rows, known in pairs]

    @translate_errors
    def popular(self, collection: str, generation: str) -> bytes:
        """Return the lines of the items that are popular with all users; empty if there are none.

        `to_lines` describes the lines.
        """
        rows = cast("bytes | None", self._redis.hget(_key(collection, generation), "p:"))
        return rows or b""


def _fields(users: list[tuple[str, UserLists]]) -> Iterator[tuple[str, bytes]]:
    """Yield the list of each user and, in separate fields, data that is rarely read."""
    for user, lists in users:
        yield "u:" + user, to_lines(lists.recommendations)
        yield "k:" + user, to_json(USER_PURCHASES, lists)
        if lists.lines is not None:
            yield "h:" + user, _compress(to_json(ORDER_LINES, lists.lines))


def _compress(text: bytes) -> bytes:
    """Compress a short text; zlib's usual buffers would take five times as long to prepare."""
    compressor = zlib.compressobj(level=1, wbits=12, memLevel=5)
    return compressor.compress(text) + compressor.flush()


def to_lines(recommendations: list[Recommendation]) -> bytes:
    """Return one line per recommendation: its JSON, a tab, and its SKU.

    The reader finds the SKU, which contains no tab, without parsing JSON.
    """
    # quotes inside a JSON string are escaped, so that only the next object looks like this
    array = to_json(RECOMMENDATIONS, recommendations).replace(b',{"sku":', b'\n{"sku":')
    lines = zip(array[1:-1].splitlines(), recommendations, strict=True)
    return b"\n".join(b"%b\t%b" % (line, row.sku.encode()) for line, row in lines)


def _key(collection: str, part: str) -> str:
    return f"{PREFIX}{collection}:{part}"


def _users_key(collection: str, generation: str) -> str:
    return _key(collection, f"{generation}:users")
