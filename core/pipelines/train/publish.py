"""What is served of the generations that there are: nothing any more, or what the cache lost."""

from core.jobs import Job, Outcome
from core.pipelines.services import Report, Rooms
from core.pipelines.train.generation import Generation, drop_all_but, serve
from core.storage import Collection


def withdraw(collection: Collection, rooms: Rooms) -> None:
    """Serve nothing: all sales are gone."""
    with rooms.locks.changing(collection.name):
        folder = rooms.sales(collection)
        recommender = folder.recommender()
        folder.put_recommender(type(recommender)(revision=recommender.revision))
        rooms.lists.drop_all(collection.name, folder.generations())
        drop_all_but(set(), collection, rooms)


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
    generation = Generation(live, collection, rooms)
    generation.cache_popular()
    with rooms.locks.changing(collection.name):
        if folder.recommender().live == live:
            generation.check_cached(users)
            serve(collection, rooms)
    return Outcome(done=users, total=users, result={"generation": live})
