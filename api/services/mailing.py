"""Reads the lists of all customers and the cards of their items for a mailing."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.services.mailing_files import MailRow
from api.services.published_lists import read_again
from api.services.selection import read_cards
from core.batching import batched
from core.cache.list_writer import PublishedList
from core.errors import InvalidInput
from core.recommendations import USER_PURCHASES, BoughtTogether, LooksLike, UserPurchases
from core.serving.cards import Card
from core.serving.mailing import ListedItem, Mailing
from core.storage import Collection

_CARDS = 1_000
_USERS = 200
_NO_TIMES = (
    "bought_within: the times of this collection's sales are not known; leave it out, or import "
    "the sales with the dates of the orders"
)


@dataclass
class MailingReader:
    """Reads what a mailing needs: the memory it takes grows with the items, not the customers."""

    collection: Collection
    generation: str
    mailing: Mailing
    services: Services
    since: datetime | None = None
    """Only customers who bought something since then."""
    _read: set[str] = field(default_factory=set)

    async def start(self) -> None:
        """Read the items that the lists contain.

        Raises:
            Unavailable: the cache has lost cards or lists, or Redis does not respond.
        """
        store = self.services.generations(self.collection)
        skus = await run_in_threadpool(store.listed_skus, self.generation)
        await self._load([*skus, *self.mailing.options.rules.pinned_skus])
        cache = self.services.lists
        popular = await run_in_threadpool(cache.popular, self.collection.name, self.generation)
        self.mailing.start(_parse_lines(popular))

    async def rows(self) -> AsyncIterator[list[MailRow]]:
        """Yield the rows of the mailing; customers for whom there is no item have none.

        Raises:
            Unavailable: the cache has lost lists meanwhile, or Redis does not respond.
        """
        after = ""
        while page := await run_in_threadpool(self._page, after):
            chosen = await run_in_threadpool(self._choose, page)
            await self._load(_named(chosen))
            yield [(user, [*map(self.mailing.describe, items)]) for user, items in chosen]
            after = page[-1].user

    def _page(self, after: str) -> list[PublishedList]:
        name, cache = self.collection.name, self.services.lists
        return cache.published(name, self.generation, after=after, limit=_USERS)

    def _choose(self, page: Sequence[PublishedList]) -> list[tuple[str, list[ListedItem]]]:
        rows = [(row.user, self._items_for(row)) for row in page if self._belongs(row)]
        return [(user, items) for user, items in rows if items]

    def _items_for(self, row: PublishedList) -> list[ListedItem]:
        return self.mailing.choose(
            _parse_lines(row.rows),
            lambda: {purchase.sku for purchase in _purchases(row).purchases},
        )

    def _belongs(self, row: PublishedList) -> bool:
        return self.since is None or any(
            _time(purchase.at) >= self.since for purchase in _purchases(row).purchases[:1]
        )

    async def _load(self, skus: Iterable[str]) -> None:
        missing = [*{*skus}.difference(self._read)]
        for batch in batched(missing, _CARDS):
            cards = await read_cards(self.collection.name, batch, self.services)
            for sku, card in cards.items():
                self.mailing.add(sku, Card(orjson.loads(card.attributes), card.availability))
        self._read.update(missing)


async def find_generation(collection: Collection, services: Services) -> str:
    """Return the live generation.

    Raises:
        NotFound: there is none.
        Unavailable: the cache has lost it, and is being refilled.
    """

    async def read() -> str | None:
        return await run_in_threadpool(_cached_generation, collection.name, services)

    live = await read()
    return await read_again(read, collection.name, services) if live is None else live


async def find_start(
    collection: Collection, generation: str, days: int | None, services: Services
) -> datetime | None:
    """Return the time so many days before the newest order line; None for all customers.

    Raises:
        InvalidInput: the times of the sales are not known.
    """
    if days is None:
        return None
    period = await services.sales_periods.of(collection.name, generation)
    if period is None:
        raise InvalidInput(_NO_TIMES)
    return _in_utc(period.last) - timedelta(days=days)


def _cached_generation(name: str, services: Services) -> str | None:
    live = services.lists.live(name)
    return live if live is not None and services.lists.count(name, live) else None


def _named(rows: Iterable[tuple[str, Iterable[ListedItem]]]) -> set[str]:
    """Return the items that reasons name."""
    return {
        reason.with_sku
        for _, items in rows
        for item in items
        for reason in item.reasons
        if isinstance(reason, BoughtTogether | LooksLike)
    }


def _parse_lines(text: bytes) -> Iterator[ListedItem]:
    parts = (line.rpartition(b"\t") for line in text.splitlines())
    return (ListedItem(sku.decode(), recommendation) for recommendation, _, sku in parts)


def _purchases(row: PublishedList) -> UserPurchases:
    return USER_PURCHASES.validate_json(row.purchases)


def _time(text: str) -> datetime:
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
