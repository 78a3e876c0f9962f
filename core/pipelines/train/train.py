"""The training job, which turns sales and item vectors into a published generation."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from core.encoders.encoder import unit_rows
from core.errors import InvalidInput, NotFound, Unavailable
from core.jobs import Job, JobState, Outcome, Stage
from core.pipelines.services import Heartbeat, Services
from core.pipelines.train.generation import SUPERSEDED, Generation, count_blocks
from core.pipelines.train.publish import withdraw
from core.pipelines.train.rules import load_rules
from core.pipelines.train.sharding import fan_out, shard_count
from core.recommender.evaluation.incumbent import Live
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.training import STAGES as LEARNING_STAGES
from core.recommender.training import train_recommender
from core.recommender.training_report import LinePlace, UncountedLines
from core.recommender.training_snapshot import TrainingSnapshot
from core.recommender.visual_neighbours import ItemEmbeddings
from core.sales.order_line_frame import read_order_lines
from core.sales.uncounted_rows import UncountedRows
from core.storage import Collection, Pseudonyms, SalesUpload
from core.storage.generations import InputVersion, training_fingerprint
from core.storage.sales import ORDER_LINES
from core.vectors import Vector

LOADING, BUILDING_LISTS, PUBLISHING = "loading data", "building lists", "publishing"
STAGES = (LOADING, *LEARNING_STAGES, BUILDING_LISTS, PUBLISHING)


def run_training(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Learn from all sales of the collection, and publish the lists of all users.

    With many users and several workers, the lists are split into shards, and each chunk of the job
    builds one shard.

    Raises:
        InvalidInput: the sales are refused, for example because their dates are missing.
        Unavailable: another job is already training the collection.
    """
    _check_alone(job, services)
    generation = Generation.of(job, services)
    collection = generation.collection
    recommender = generation.store.recommender()
    if job.id in recommender.trainings:  # published by an earlier run that died afterwards
        return _published(generation)
    fingerprint = training_fingerprint(collection, services.files)
    version = InputVersion(fingerprint=fingerprint, revision=recommender.revision)
    heartbeat(_stage(LOADING))
    sales, uncounted = load_sales(collection, services)
    if sales.empty:
        withdraw(collection, services)
        return Outcome(done=0, total=0, result={"generation": None})
    embeddings = load_embeddings(collection, services)
    snapshot = TrainingSnapshot(sales, embeddings, _skus(collection, services))
    trained = _train(generation, snapshot, heartbeat)
    report = trained.report.with_pseudonyms(Pseudonyms(services.files).pseudonym_of)
    generation.begin(
        report.model_copy(update={"trained_at": datetime.now(UTC), "uncounted": uncounted})
    )
    if (shards := shard_count(len(trained.users), services)) > 1:
        return fan_out(generation, trained, snapshot, version, shards)
    return _publish(generation, trained, sales, version, heartbeat)


def _train(
    generation: Generation, snapshot: TrainingSnapshot, heartbeat: Heartbeat
) -> TrainedRecommender:
    """Train; if the sales are refused, also record the reason with the recommender."""
    try:
        return train_recommender(
            snapshot.sales,
            snapshot.embeddings,
            generation.services.recommender,
            allowed=snapshot.allowed,
            progress=lambda stage, _: heartbeat(_stage(stage)),
            live=_live(generation),
            rerank=load_rules(generation.collection, generation.services),
        )
    except InvalidInput as exc:
        generation.refuse(exc.detail)
        raise


def _publish(
    generation: Generation,
    trained: TrainedRecommender,
    sales: pd.DataFrame,
    version: InputVersion,
    heartbeat: Heartbeat,
) -> Outcome:
    """Build all lists in this process, then switch to them."""
    heartbeat(_stage(BUILDING_LISTS))
    blocks = range(count_blocks(len(trained.users)))
    users = generation.write_users(trained, sales, blocks, heartbeat)
    heartbeat(_stage(PUBLISHING))
    generation.write_popular(trained)
    generation.write_links(trained)
    if not generation.go_live(users, version):
        return Outcome(done=0, total=0, result=SUPERSEDED)
    return _published(generation)


def _stage(name: str) -> Stage:
    return Stage(name=name, done=STAGES.index(name), total=len(STAGES))


def _published(generation: Generation) -> Outcome:
    result = generation.result()
    return Outcome(done=result["users"], total=result["users"], result=result)


def _check_alone(job: Job, services: Services) -> None:
    """Let only the earlier of two training jobs run, since each would drop the other's lists."""
    for other in services.ledger.open_jobs_of(job.collection, job.kind):
        if other.state is JobState.RUNNING and _start(other) < _start(job):
            raise Unavailable(f"job {other.id} is already training collection {job.collection!r}")


def _start(job: Job) -> tuple[datetime, str]:
    """Return the key that sorts jobs by start time."""
    return job.started_at or datetime.max.replace(tzinfo=UTC), job.id


def _live(generation: Generation) -> Live | None:
    """Return the live generation; None if there is none, or if the store has lost it."""
    live = generation.store.recommender().live
    if live is None or not generation.store.is_complete(live):
        return None
    return Live(live, replace(generation, id=live).report())


def load_sales(
    collection: Collection, services: Services
) -> tuple[pd.DataFrame, list[UncountedLines]]:
    """Load all sales of a collection, each order line once, and why other lines do not count."""
    store = services.sales(collection)
    uploads = store.uploads()
    with ExitStack() as stack:
        files = [stack.enter_context(store.open_read(upload.id, ORDER_LINES)) for upload in uploads]
        merged = read_order_lines(files)
    return merged.lines, [_locate(rows, uploads) for rows in merged.uncounted]


def _locate(rows: UncountedRows, uploads: Sequence[SalesUpload]) -> UncountedLines:
    places = [
        LinePlace(upload=uploads[file].id, file=uploads[file].filename, line=line)
        for file, line in rows.examples
    ]
    return UncountedLines(reason=rows.reason, lines=rows.count, examples=places)


def load_embeddings(collection: Collection, services: Services) -> ItemEmbeddings | None:
    """Load the mean of each item's view vectors, scaled to length one; None without images."""
    sums: dict[str, Vector] = {}
    try:
        for sku, _, vector in services.vectors.vectors(collection.index_name):
            sums[sku] = sums[sku] + vector if sku in sums else vector
    except NotFound:  # no image was embedded yet
        return None
    if not sums:
        return None
    skus = sorted(sums)
    return ItemEmbeddings(skus, unit_rows(np.stack([sums[sku] for sku in skus])))


def _skus(collection: Collection, services: Services) -> set[str]:
    items = services.items(collection)
    return {item.sku for item in items.by_keys(items.keys())}
