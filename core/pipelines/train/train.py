"""A training: from the ledger of sales and the vectors of items to a published generation."""

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.encoders.encoder import unit_rows
from core.errors import NotFound, Unavailable
from core.jobs import Job, JobState, Outcome
from core.pipelines.rooms import Report, Rooms
from core.pipelines.train.publish import Seen, go_live, withdraw, write_generation
from core.recommender.looks import Looks
from core.recommender.training import train as learn
from core.sales.ledger import Sales, read_ledger
from core.store import Collection
from core.store.sales import LEDGER, state_of
from core.vectors import Vector

_TOLD = ("users", "items", "rows")


def train(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Learn from all sales of the collection, and publish the lists of all users.

    Raises:
        NotFound: the collection is gone.
        Unavailable: a part does not answer.
    """
    collection = rooms.collection(job)
    _check_alone(job, rooms)
    before = rooms.sales(collection).recommender()
    if before.live == job.id:  # a delivery before this one has published it, and then died
        return _published(job.id, rooms.sales(collection).report(job.id))
    seen = Seen(state_of(collection, rooms.files), before.revision)
    sales = read_sales(collection, rooms)
    if not len(sales.user):
        withdraw(collection, rooms)
        return Outcome(done=0, total=0, result={"generation": None})
    trained = learn(
        sales,
        looks_of(collection, rooms),
        rooms.recommender,
        allowed=_skus(collection, rooms),
        report=lambda _: report(),
        live=_live(collection, rooms),
    )
    users = write_generation(collection, job.id, trained, sales, rooms, report)
    told: dict[str, Any] = trained.report | {"trained_at": datetime.now(UTC).isoformat()}
    rooms.sales(collection).put_report(job.id, told)
    if not go_live(collection, job.id, users, seen, rooms):
        return Outcome(done=0, total=0, result={"generation": None, "superseded": True})
    return _published(job.id, told)


def _published(generation: str, report: dict[str, Any]) -> Outcome:
    shown = {key: report[key] for key in _TOLD}
    return Outcome(
        done=report["users"],
        total=report["users"],
        result={"generation": generation, **shown},
    )


def _check_alone(job: Job, rooms: Rooms) -> None:
    """Two at once would drop each other's lists; the later one comes again."""
    for other in rooms.ledger.open_jobs():
        same = other.kind is job.kind and other.collection == job.collection
        if same and other.state is JobState.RUNNING and other.id < job.id:
            raise Unavailable(f"job {other.id} trains collection {job.collection!r} already")


def _live(collection: Collection, rooms: Rooms) -> dict[str, Any] | None:
    """The report of what is served now; None if nothing is."""
    folder = rooms.sales(collection)
    if (generation := folder.recommender().live) is None:
        return None
    return folder.report(generation) | {"generation": generation}


def read_sales(collection: Collection, rooms: Rooms) -> Sales:
    """All sales of a collection, each order line once."""
    folder = rooms.sales(collection)
    with ExitStack() as stack:
        files = [stack.enter_context(folder.reading(one.id, LEDGER)) for one in folder.uploads()]
        return read_ledger(files)


def looks_of(collection: Collection, rooms: Rooms) -> Looks | None:
    """A unit vector for each item, the mean of its views; None without pictures."""
    sums: dict[str, Vector] = {}
    try:
        for sku, vector in rooms.vectors.vectors(collection.space):
            sums[sku] = sums[sku] + vector if sku in sums else vector
    except NotFound:  # no picture has come yet
        return None
    if not sums:
        return None
    skus = sorted(sums)
    return Looks(skus, unit_rows(np.stack([sums[sku] for sku in skus])))


def _skus(collection: Collection, rooms: Rooms) -> set[str]:
    items = rooms.items(collection)
    return {item.sku for item in items.by_keys(items.keys())}
