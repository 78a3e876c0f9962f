"""Builds the recommendation lists for many users, in parallel on all workers of the queue.

One worker chooses and trains the model, then fans out: each worker rebuilds the chosen model from
the same snapshot, and builds the lists of one shard of the users.
"""

from dataclasses import replace

from core.errors import NotFound
from core.jobs import Job, Outcome
from core.pipelines.services import Heartbeat, Services
from core.pipelines.train.generation import SUPERSEDED, Generation, count_blocks
from core.pipelines.train.snapshot import read_snapshot, write_snapshot
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.training import rebuild_recommender
from core.recommender.training_snapshot import TrainingSnapshot
from core.storage.generations import InputVersion, ShardPlan


def shard_count(users: int, services: Services) -> int:
    """Return the number of shards, which exceeds neither that of workers nor that of blocks."""
    if users < services.recommender.shard_from_users:
        return 1
    workers = len(services.worker_registry.reports("train"))
    return max(1, min(workers, count_blocks(users)))


def fan_out(
    generation: Generation,
    trained: TrainedRecommender,
    snapshot: TrainingSnapshot,
    version: InputVersion,
    shards: int,
) -> Outcome:
    """Write the snapshot and the shard plan; each shard becomes a chunk of the job."""
    services, store, users = generation.services, generation.store, len(trained.users)
    generation.write_popular(trained)
    generation.write_links(trained)
    with store.write_snapshot(generation.id) as file:
        write_snapshot(file, replace(snapshot, factors=trained.factors))
    plan = ShardPlan(**version.model_dump(), users=users, shards=shards)
    with services.locks.exclusive(generation.collection.name) as ensure_held:
        services.reload_collection(generation.collection)
        if generation.drop_superseded(store.recommender(), version):
            return Outcome(done=0, total=0, result=SUPERSEDED)
        ensure_held()
        store.put_shard_plan(generation.id, plan)
    return Outcome(chunks=shards, total=users, result=SUPERSEDED)  # until the last step


def build_shard(job: Job, shard: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Build the lists of one shard of the users; shards are numbered from 1."""
    generation = Generation.of(job, services)
    try:
        with generation.store.open_snapshot(generation.id) as file:
            snapshot = read_snapshot(file)
        plan, report = generation.store.shard_plan(generation.id), generation.report()
    except NotFound:  # a user was erased, or another run was faster; the last step handles this
        return Outcome()
    trained = rebuild_recommender(
        snapshot, services.recommender, report, progress=lambda *_: heartbeat()
    )
    count = count_blocks(plan.users)
    blocks = range(count * (shard - 1) // plan.shards, count * shard // plan.shards)
    return Outcome(done=generation.write_users(trained, snapshot.sales, blocks, heartbeat))


def publish_shards(job: Job, services: Services) -> Outcome:
    """Switch to lists that were built in shards; do nothing if one worker built all lists.

    Raises:
        Unavailable: the cache has lost some lists again.
    """
    generation = Generation.of(job, services)
    try:
        plan = generation.store.shard_plan(job.id)
    except NotFound:
        return Outcome()
    # otherwise an earlier run of this step has published the lists
    if job.id not in generation.store.recommender().trainings:
        generation.refill_cache(plan.users)
        if not generation.go_live(plan.users, plan):
            return Outcome(result=SUPERSEDED)
    return Outcome(result=generation.result())
