"""Withdraws all lists of a collection, or refills the cache with the live ones."""

from core.jobs import Job, Outcome
from core.pipelines.services import Heartbeat, Services
from core.pipelines.train.generation import Generation, drop_all_but, serve
from core.storage import Collection, Recommender


def withdraw(collection: Collection, services: Services) -> None:
    """Withdraw all lists after all sales were deleted."""
    with services.locks.exclusive(collection.name):
        store = services.generations(collection)
        store.put_recommender(Recommender(revision=store.recommender().revision))
        services.lists.drop_all(collection.name, store.ids())
        drop_all_but(set(), collection, services)


def refill(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Fill the cache with the live generation from the store.

    Raises:
        Unavailable: the cache has lost some lists again.
    """
    collection = services.collection(job)
    store = services.generations(collection)
    live, users = store.recommender().live, 0
    if live is None:
        return Outcome(done=0, total=0)
    for block in store.user_blocks(live):
        with services.locks.exclusive(collection.name):  # a user may be erased in between
            if store.recommender().live != live:  # another generation is live
                services.lists.drop(collection.name, live)
                return Outcome(done=users, total=users, result={"generation": None})
            rows = list(store.read_lists(live, block))
            services.lists.write(collection.name, live, rows)
        users += len(rows)
        heartbeat()
    generation = Generation(live, collection, services)
    generation.cache_popular()
    with services.locks.exclusive(collection.name):
        if store.recommender().live == live:
            generation.check_cached(users)
            serve(collection, services)
    return Outcome(done=users, total=users, result={"generation": live})
