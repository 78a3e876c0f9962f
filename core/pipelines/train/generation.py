"""A generation of lists: written aside, the store first; put into use whole; the last one kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.cache import Payload
from core.errors import Unavailable
from core.pipelines.services import Report, Services, Stopped
from core.recommender.ranking.lists import Recommendation, Trained
from core.sales.order_lines import Sales
from core.storage import Collection
from core.storage.items import item_key
from core.storage.sales import Recommender, SalesFiles, Training

BLOCK = 2000
RECENT = 20
POPULAR = "popular"
SUPERSEDED = {"generation": None, "superseded": True}
"""The result of a training that is overtaken: nothing of it is served."""
_TOLD = ("users", "items", "rows")


@dataclass(frozen=True)
class Seen:
    """What there was when a training began."""

    state: str
    revision: int


@dataclass(frozen=True)
class Generation:
    """One of a collection, by the id of the job that makes it."""

    id: str
    collection: Collection
    services: Services

    @property
    def folder(self) -> SalesFiles:
        """Where the store has it."""
        return self.services.sales(self.collection)

    def begin(self, report: dict[str, Any]) -> None:
        """Make room for it; a delivery before this one may have begun it."""
        drop(self.id, self.collection, self.services)
        self.folder.put_report(self.id, report)

    def write_users(self, trained: Trained, sales: Sales, blocks: range, report: Report) -> int:
        """Write blocks of users' lists, into the store and into Redis; return how many lists."""
        users, named, recent = 0, set[str](), _Recent(sales)
        for number in blocks:
            block = trained.block(number, BLOCK)
            rows = [(user, {**recent.of(user), "recommendations": found}) for user, found in block]
            self._write(f"users-{number:06}", rows)
            users += len(rows)
            named |= _skus(block)
            report()
        self.folder.put_named(self.id, f"users-{blocks.start:06}", named)
        return users

    def _write(self, block: str, rows: Sequence[tuple[str, Payload]]) -> None:
        with self.services.locks.changing(self.collection.name) as held:
            if self.id in self.folder.recommender().trainings:
                raise Stopped  # frozen till others had made all of it: somebody may be erased since
            held()
            self.folder.write_lists(self.id, block, rows)
            self.services.lists.write(self.collection.name, self.id, rows)

    def write_popular(self, trained: Trained) -> None:
        """Write what is popular, into the store."""
        popular = trained.popular()
        self.folder.put_named(self.id, POPULAR, _skus(popular.items()))
        self.folder.write_lists(self.id, POPULAR, popular.items())

    def fill_in(self, users: int) -> None:
        """Write lists again that the cache lost while others were made; nobody reads them yet."""
        if self.services.lists.count(self.collection.name, self.id) != users:
            for block in self.folder.blocks(self.id):
                rows = self.folder.read_lists(self.id, block)
                self.services.lists.write(self.collection.name, self.id, rows)

    def go_live(self, users: int, seen: Seen) -> bool:
        """Serve it to so many users; the one before it is kept, older ones are dropped.

        Returns False, and nothing is served of it, if sales were deleted while it was learned: what
        it knows of them must not come back. Another training has been asked for then.

        Raises:
            Unavailable: the cache has lost some of its lists.
        """
        with self.services.locks.changing(self.collection.name) as held:
            self.services.still_there(self.collection)
            before = self.folder.recommender()
            if self.drop_overtaken(before, seen):
                return False
            self.cache_popular()
            self.check_cached(users)
            told = before.trainings | {self.id: Training(at=datetime.now(UTC), saw=seen.state)}
            kept = {self.id, before.live}
            changes = {
                "live": self.id,
                "previous": before.live,
                "trainings": {one: training for one, training in told.items() if one in kept},
            }
            held()
            self.folder.put_recommender(before.model_copy(update=changes))
            self.folder.drop_material(self.id)
            serve(self.collection, self.services)
            drop_all_but(kept, self.collection, self.services)
            return True

    def drop_overtaken(self, now: Recommender, seen: Seen) -> bool:
        """Whether sales were deleted since; what was learned of them goes then. Under the lock."""
        if now.revision == seen.revision:
            return False
        drop_all_but({now.live, now.previous}, self.collection, self.services)
        return True

    def cache_popular(self) -> None:
        """Write what is popular into Redis, as the store has it."""
        popular = dict(self.folder.read_lists(self.id, POPULAR))
        self.services.lists.write_popular(self.collection.name, self.id, popular)

    def check_cached(self, users: int) -> None:
        """Raises Unavailable where Redis has not the lists of so many users."""
        if (there := self.services.lists.count(self.collection.name, self.id)) != users:
            raise Unavailable(f"the cache has {there} of {users} lists; they are written again")

    def told(self) -> dict[str, Any]:
        """The result of a training that is served."""
        report = self.folder.report(self.id)
        return {"generation": self.id, **{key: report[key] for key in _TOLD}}


def blocks_of(users: int) -> int:
    """In how many blocks the lists of so many users are written."""
    return -(-users // BLOCK)


def serve(collection: Collection, services: Services) -> None:
    """Serve the live generation, without what was deleted of all that a rollback could show too."""
    now = services.sales(collection).recommender()
    named = {
        sku
        for one in (now.live, now.previous)
        if one
        for sku in services.sales(collection).named(one)
    }
    there = set(services.items(collection).keys())
    gone = {sku for sku in named if item_key(sku) not in there}
    services.lists.go_live(collection.name, str(now.live), gone=gone)


def drop_all_but(kept: set[str | None], collection: Collection, services: Services) -> None:
    """Remove all other generations."""
    for generation in services.sales(collection).generations():
        if generation not in kept:
            drop(generation, collection, services)


def drop(generation: str, collection: Collection, services: Services) -> None:
    """Remove one."""
    services.lists.drop(collection.name, generation)
    services.sales(collection).drop_generation(generation)


def _skus(lists: Iterable[tuple[str, list[Recommendation]]]) -> set[str]:
    return {row["sku"] for _, rows in lists for row in rows}


class _Recent:
    """What each user has bought lately, and how often."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales
        self._rows: dict[int, list[int]] = {}
        for row, user in enumerate(sales.user.tolist()):  # in the order of time
            self._rows.setdefault(user, []).append(row)
        self._numbers = {name: number for number, name in enumerate(sales.users)}

    def of(self, user: str) -> dict[str, Any]:
        sales, rows = self._sales, self._rows.get(self._numbers[user], [])
        return {
            "orders": len({int(sales.order[row]) for row in rows}),
            "purchases": [
                {
                    "sku": sales.skus[sales.item[row]],
                    "at": datetime.fromtimestamp(float(sales.at[row]), UTC).isoformat(),
                }
                for row in reversed(rows[-RECENT:])
            ],
        }
