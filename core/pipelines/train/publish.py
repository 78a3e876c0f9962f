"""Generations of lists: written aside, the store first; put into use whole; the last one kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import Unavailable
from core.jobs import Job, Outcome
from core.pipelines.rooms import Report, Rooms
from core.recommender.lists import Recommendation, Trained
from core.sales.ledger import Sales
from core.store import Collection
from core.store.items import item_key
from core.store.sales import Training

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
    _drop(generation, collection, rooms)  # a delivery before this one may have begun it
    folder, users, named = rooms.sales(collection), 0, set[str]()
    recent = _Recent(sales)
    for number, block in enumerate(trained.blocks(BLOCK)):
        rows = [(user, {**recent.of(user), "recommendations": found}) for user, found in block]
        folder.write_lists(generation, f"users-{number:06}", rows)
        rooms.lists.write(collection.name, generation, rows)
        users += len(rows)
        named |= _skus(block)
        report()
    popular = trained.popular()
    folder.put_named(generation, named | _skus(popular.items()))
    folder.write_lists(generation, POPULAR, popular.items())
    rooms.lists.write_popular(collection.name, generation, popular)
    return users


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


@dataclass(frozen=True)
class Seen:
    """What there was when a training began."""

    state: str
    revision: int


def go_live(collection: Collection, generation: str, users: int, seen: Seen, rooms: Rooms) -> bool:
    """Serve a generation of so many users; the one before it is kept, older ones are dropped.

    Returns False, and nothing is served of it, if sales were deleted while it was learned: what
    it knows of them must not come back. Another training has been asked for then.

    Raises:
        Unavailable: the cache has lost some of its lists.
    """
    folder = rooms.sales(collection)
    with rooms.locks.changing(collection.name) as held:
        rooms.still_there(collection)
        before = folder.recommender()
        if before.revision != seen.revision:
            _drop_all_but({before.live, before.previous}, collection, rooms)
            return False
        _check_whole(collection, generation, users, rooms)
        trainings = before.trainings | {generation: Training(at=datetime.now(UTC), saw=seen.state)}
        kept = {generation, before.live}
        changes = {
            "live": generation,
            "previous": before.live,
            "trainings": {one: told for one, told in trainings.items() if one in kept},
        }
        held()
        folder.put_recommender(before.model_copy(update=changes))
        _serve(collection, rooms)
        _drop_all_but(kept, collection, rooms)
        return True


def _check_whole(collection: Collection, generation: str, users: int, rooms: Rooms) -> None:
    if (there := rooms.lists.count(collection.name, generation)) != users:
        raise Unavailable(f"the cache has {there} of {users} lists; they are written again")


def _serve(collection: Collection, rooms: Rooms) -> None:
    """Serve the live generation, without what was deleted of all that a rollback could show too."""
    now = rooms.sales(collection).recommender()
    named = {
        sku for one in (now.live, now.previous) if one for sku in rooms.sales(collection).named(one)
    }
    there = set(rooms.items(collection).keys())
    gone = {sku for sku in named if item_key(sku) not in there}
    rooms.lists.go_live(collection.name, str(now.live), gone=gone)


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
        Unavailable: Redis has lost some of it again.
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
    with rooms.locks.changing(collection.name):
        if folder.recommender().live == live:
            _check_whole(collection, live, users, rooms)
            _serve(collection, rooms)
    return Outcome(done=users, total=users, result={"generation": live})


def _drop_all_but(kept: set[str | None], collection: Collection, rooms: Rooms) -> None:
    folder = rooms.sales(collection)
    for generation in folder.generations():
        if generation not in kept:
            _drop(generation, collection, rooms)


def _drop(generation: str, collection: Collection, rooms: Rooms) -> None:
    rooms.lists.drop(collection.name, generation)
    rooms.sales(collection).drop_generation(generation)
