"""A training: from the ledger of sales and the vectors of items to a published generation."""

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.encoders.encoder import unit_rows
from core.errors import NotFound, Unavailable
from core.jobs import Job, JobState, Outcome
from core.pipelines.services import Report, Services
from core.pipelines.train.generation import SUPERSEDED, Generation, Seen, blocks_of
from core.pipelines.train.publish import withdraw
from core.pipelines.train.sharding import hand_out, parts
from core.pipelines.train.snapshot import Material
from core.recommender.training import train as learn
from core.recommender.visual_similarity import Looks
from core.sales.order_lines import Sales, read_ledger
from core.storage import Collection
from core.storage.sales import LEDGER, state_of
from core.vectors import Vector


def train(job: Job, services: Services, report: Report) -> Outcome:
    """Learn from all sales of the collection, and publish the lists of all users.

    Where there are many of them, and several workers, what is left to do is handed out in chunks.

    Raises:
        NotFound: the collection is gone.
        Unavailable: a part does not answer.
    """
    collection = services.collection(job)
    _check_alone(job, services)
    generation = Generation(job.id, collection, services)
    before = generation.folder.recommender()
    if job.id in before.trainings:  # a delivery before this one has published it, and then died
        return _published(generation)
    seen = Seen(state_of(collection, services.files), before.revision)
    sales = read_sales(collection, services)
    if not len(sales.user):
        withdraw(collection, services)
        return Outcome(done=0, total=0, result={"generation": None})
    material = Material(sales, looks_of(collection, services), _skus(collection, services))
    trained = learn(
        sales,
        material.looks,
        services.recommender,
        allowed=material.allowed,
        report=lambda _: report(),
        live=_live(collection, services),
    )
    found: dict[str, Any] = trained.report | {"trained_at": datetime.now(UTC).isoformat()}
    generation.begin(found)
    if (among := parts(len(sales.users), services)) > 1:
        return hand_out(generation, trained, material, seen, among)
    blocks = range(blocks_of(len(sales.users)))
    users = generation.write_users(trained, sales, blocks, report)
    generation.write_popular(trained)
    if not generation.go_live(users, seen):
        return Outcome(done=0, total=0, result=SUPERSEDED)
    return _published(generation)


def _published(generation: Generation) -> Outcome:
    told = generation.told()
    return Outcome(done=told["users"], total=told["users"], result=told)


def _check_alone(job: Job, services: Services) -> None:
    """Two at once would drop each other's lists; the later one comes again."""
    for other in services.ledger.open_jobs():
        same = other.kind is job.kind and other.collection == job.collection
        if same and other.state is JobState.RUNNING and _turn(other) < _turn(job):
            raise Unavailable(f"job {other.id} trains collection {job.collection!r} already")


def _turn(job: Job) -> tuple[datetime, str]:
    """Whoever began first goes first."""
    return job.started_at or datetime.max.replace(tzinfo=UTC), job.id


def _live(collection: Collection, services: Services) -> dict[str, Any] | None:
    """The report of what is served now; None if nothing is."""
    folder = services.sales(collection)
    if (generation := folder.recommender().live) is None:
        return None
    return folder.report(generation) | {"generation": generation}


def read_sales(collection: Collection, services: Services) -> Sales:
    """All sales of a collection, each order line once."""
    folder = services.sales(collection)
    with ExitStack() as stack:
        files = [stack.enter_context(folder.reading(one.id, LEDGER)) for one in folder.uploads()]
        return read_ledger(files)


def looks_of(collection: Collection, services: Services) -> Looks | None:
    """A unit vector for each item, the mean of its views; None without pictures."""
    sums: dict[str, Vector] = {}
    try:
        for sku, vector in services.vectors.vectors(collection.space):
            sums[sku] = sums[sku] + vector if sku in sums else vector
    except NotFound:  # no picture has come yet
        return None
    if not sums:
        return None
    skus = sorted(sums)
    return Looks(skus, unit_rows(np.stack([sums[sku] for sku in skus])))


def _skus(collection: Collection, services: Services) -> set[str]:
    items = services.items(collection)
    return {item.sku for item in items.by_keys(items.keys())}
