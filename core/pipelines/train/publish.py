"""Withdraws all lists of a collection, or refills the cache with the live lists."""

import logging

from core.jobs import Job, Outcome
from core.pipelines.item_cache import restore_items
from core.pipelines.services import Heartbeat, Services
from core.pipelines.train.generation import Generation, drop_all_but, serve
from core.pipelines.training_requests import request_training
from core.storage import Collection, Recommender

log = logging.getLogger(__name__)


def withdraw(collection: Collection, services: Services) -> None:
    """Withdraw all lists after all sales were deleted."""
    with services.locks.exclusive(collection.name):
        store = services.generations(collection)
        store.put_recommender(Recommender(revision=store.recommender().revision))
        services.lists.drop_all(collection.name, store.ids())
        drop_all_but(set(), collection, services)


def refill(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Fill the cache with the items and the live generation from the store.

    If the store has lost lists of this generation, the generation is no longer served, and a
    training run is requested.

    Raises:
        Unavailable: the cache has lost some lists again.
    """
    collection = services.collection(job)
    store = services.generations(collection)
    live = store.recommender().live
    if live is None:
        restore_items(collection, services, heartbeat)
        return Outcome(done=0, total=0)
    if not store.is_complete(live):
        return _give_up(live, collection, services)
    return _refill(live, collection, services, heartbeat)


def _give_up(live: str, collection: Collection, services: Services) -> Outcome:
    with services.locks.exclusive(collection.name):
        services.reload_collection(collection)
        store = services.generations(collection)
        recommender = store.recommender()
        if recommender.live != live:  # another generation is live
            return Outcome(done=0, total=0, result={"generation": None})
        store.put_recommender(recommender.lose_live())
        services.lists.drop_all(collection.name, [live])
    log.error("collection %s: the store has lost lists of generation %s", collection.name, live)
    training = request_training(collection.name, services, at_once=True)
    return Outcome(done=0, total=0, result={"generation": None, "training": training})


def _refill(live: str, collection: Collection, services: Services, heartbeat: Heartbeat) -> Outcome:
    store, users = services.generations(collection), 0
    for block in store.user_blocks(live):
        with services.locks.exclusive(collection.name):  # a user may be erased in between
            if store.recommender().live != live:  # another generation is live
                services.lists.drop(collection.name, live)
                return Outcome(done=users, total=users, result={"generation": None})
            rows = list(store.read_lists(live, block))
            services.lists.write(collection.name, live, rows)
        users += len(rows)
        heartbeat()
    restore_items(collection, services, heartbeat)
    generation = Generation(live, collection, services)
    generation.cache_links()
    generation.cache_popular()
    with services.locks.exclusive(collection.name):
        services.reload_collection(collection)
        if store.recommender().live == live:
            generation.check_cached(users)
            serve(collection, services)
    return Outcome(done=users, total=users, result={"generation": live})
