"""Generations of lists: written aside, the store first; put into use whole; the last one kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.jobs import Job, Outcome
from core.pipelines.rooms import Report, Rooms
from core.recommender.lists import Trained
from core.sales.ledger import Sales
from core.store import Collection

BLOCK = 2000
RECENT = 20
POPULAR = "popular"


def write_generation(
    collection: Collection,
    generation: str,
    trained: Trained,
    sales: Sales,
    rooms: Rooms,
    report: Report,
) -> int:
    """Write all lists under a generation, into the store and into Redis; return how many."""
    folder, users = rooms.sales(collection), 0
    recent = _Recent(sales)
    for number, block in enumerate(trained.blocks(BLOCK)):
        rows = [(user, {**recent.of(user), "recommendations": found}) for user, found in block]
        folder.write_lists(generation, f"users-{number:06}", rows)
        rooms.lists.write(collection.name, generation, rows)
        users += len(rows)
        report()
    popular = trained.popular()
    folder.write_lists(generation, POPULAR, popular.items())
    rooms.lists.write_popular(collection.name, generation, popular)
    return users


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


@dataclass(frozen=True)
class Seen:
    """What there was when a training began."""

    state: str
    revision: int
    hidden: set[str]


def go_live(collection: Collection, generation: str, seen: Seen, rooms: Rooms) -> bool:
    """Serve a generation that is whole; the one before it is kept, older ones are dropped.

    Returns False, and nothing is served of it, if sales were deleted while it was learned: what
    it knows of them must not come back. Another training has been asked for then.
    """
    folder = rooms.sales(collection)
    with rooms.locks.changing(collection.name):
        rooms.still_there(collection)
        before = folder.recommender()
        if before.revision != seen.revision:
            _drop_all_but({before.live, before.previous}, collection, rooms)
            return False
        previous = before.previous if before.live == generation else before.live
        changes = {
            "live": generation,
            "previous": previous,
            "trained_at": datetime.now(UTC),
            "trained_on": seen.state,
        }
        folder.put_recommender(before.model_copy(update=changes))
        rooms.lists.go_live(collection.name, generation, settled=seen.hidden)
        _drop_all_but({generation, previous}, collection, rooms)
        return True


def withdraw(collection: Collection, rooms: Rooms) -> None:
    """Serve nothing: all sales are gone."""
    with rooms.locks.changing(collection.name):
        folder = rooms.sales(collection)
        recommender = folder.recommender()
        folder.put_recommender(type(recommender)(revision=recommender.revision))
        rooms.lists.drop_all(collection.name, folder.generations())
        _drop_all_but(set(), collection, rooms)


def refill(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Fill Redis with the live generation from the store.

    Raises:
        NotFound: the collection is gone.
    """
    collection = rooms.collection(job)
    folder = rooms.sales(collection)
    live, users = folder.recommender().live, 0
    if live is None:
        return Outcome(done=0, total=0)
    for block in folder.blocks(live):
        with rooms.locks.changing(collection.name):  # a customer may be erased meanwhile
            if folder.recommender().live != live:  # another is served, and Redis has it whole
                rooms.lists.drop(collection.name, live)
                return Outcome(done=users, total=users, result={"generation": None})
            rows = list(folder.read_lists(live, block))
            rooms.lists.write(collection.name, live, rows)
        users += len(rows)
        report()
    rooms.lists.write_popular(collection.name, live, dict(folder.read_lists(live, POPULAR)))
    _hide_deleted(collection, live, rooms)
    with rooms.locks.changing(collection.name):
        if folder.recommender().live == live:
            rooms.lists.go_live(collection.name, live)
    return Outcome(done=users, total=users, result={"generation": live})


def _hide_deleted(collection: Collection, generation: str, rooms: Rooms) -> None:
    """Items that were deleted after the training."""
    folder, items = rooms.sales(collection), rooms.items(collection)
    named = {
        row["sku"]
        for block in folder.blocks(generation)
        for _, payload in folder.read_lists(generation, block)
        for row in payload["recommendations"]
    }
    named |= {row["sku"] for _, rows in folder.read_lists(generation, POPULAR) for row in rows}
    for sku in named - set(items.find(named)):
        rooms.lists.hide(collection.name, sku)


def _drop_all_but(kept: set[str | None], collection: Collection, rooms: Rooms) -> None:
    folder = rooms.sales(collection)
    for generation in folder.generations():
        if generation not in kept:
            rooms.lists.drop(collection.name, generation)
            folder.drop_generation(generation)
