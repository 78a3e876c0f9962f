"""What is served of the generations that there are: nothing any more, or what the cache lost."""

from core.jobs import Job, Outcome
from core.pipelines.services import Report, Services
from core.pipelines.train.generation import Generation, drop_all_but, serve
from core.storage import Collection


def withdraw(collection: Collection, services: Services) -> None:
    """Serve nothing: all sales are gone."""
    with services.locks.changing(collection.name):
        folder = services.sales(collection)
        recommender = folder.recommender()
        folder.put_recommender(type(recommender)(revision=recommender.revision))
        services.lists.drop_all(collection.name, folder.generations())
        drop_all_but(set(), collection, services)


def refill(job: Job, services: Services, report: Report) -> Outcome:
    """Fill Redis with the live generation from the store.

    Raises:
        NotFound: the collection is gone.
        Unavailable: Redis has lost some of it again.
    """
    collection = services.collection(job)
    folder = services.sales(collection)
    live, users = folder.recommender().live, 0
    if live is None:
        return Outcome(done=0, total=0)
    for block in folder.blocks(live):
        with services.locks.changing(collection.name):  # a customer may be erased meanwhile
            if folder.recommender().live != live:  # another is served, and Redis has it whole
                services.lists.drop(collection.name, live)
                return Outcome(done=users, total=users, result={"generation": None})
            rows = list(folder.read_lists(live, block))
            services.lists.write(collection.name, live, rows)
        users += len(rows)
        report()
    generation = Generation(live, collection, services)
    generation.cache_popular()
    with services.locks.changing(collection.name):
        if folder.recommender().live == live:
            generation.check_cached(users)
            serve(collection, services)
    return Outcome(done=users, total=users, result={"generation": live})
