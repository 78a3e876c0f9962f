"""Lists of many customers, made by all workers of the queue at once.

Learning is choosing for the most part, which one worker does. Each then learns what was chosen from
the same material, and makes the lists of a part of the customers.
"""

from dataclasses import replace

from core.errors import NotFound
from core.jobs import Job, Outcome
from core.pipelines.services import Report, Services
from core.pipelines.train.generation import SUPERSEDED, Generation, Seen, blocks_of
from core.pipelines.train.snapshot import Material, read_material, write_material
from core.recommender.ranking.lists import Trained
from core.recommender.training import Learned, learn_again
from core.storage.sales import Shared


def parts(users: int, services: Services) -> int:
    """Among how many workers the lists of so many users are shared."""
    if users < services.recommender.shared_from:
        return 1
    return max(1, min(len(services.presence.reports("train")), blocks_of(users)))


def hand_out(
    generation: Generation, trained: Trained, material: Material, seen: Seen, count: int
) -> Outcome:
    """Keep what the others need; each of so many parts is a chunk of the job."""
    services, folder, users = generation.services, generation.folder, len(trained.users)
    generation.write_popular(trained)
    with folder.writing_material(generation.id) as file:
        write_material(file, replace(material, factors=trained.factors))
    shared = Shared(saw=seen.state, revision=seen.revision, users=users, parts=count)
    with services.locks.changing(generation.collection.name) as held:
        services.still_there(generation.collection)
        if generation.drop_overtaken(folder.recommender(), seen):
            return Outcome(done=0, total=0, result=SUPERSEDED)
        held()
        folder.put_shared(generation.id, shared)
    return Outcome(chunks=count, total=users, result=SUPERSEDED)  # until it is served


def make_part(job: Job, part: int, services: Services, report: Report) -> Outcome:
    """Make the lists of one part of the users, counted from 1.

    Raises:
        NotFound: the collection is gone.
        Unavailable: a part does not answer.
    """
    generation = Generation(job.id, services.collection(job), services)
    try:
        shared, material, learned = _taken_up(generation)
    except NotFound:  # some of it was erased, or another training was faster: the last step sees it
        return Outcome()
    trained = learn_again(
        material.sales,
        material.looks,
        services.recommender,
        learned,
        report=lambda _: report(),
        allowed=material.allowed,
    )
    count = blocks_of(shared.users)
    ours = range(count * (part - 1) // shared.parts, count * part // shared.parts)
    return Outcome(done=generation.write_users(trained, material.sales, ours, report))


def _taken_up(generation: Generation) -> tuple[Shared, Material, Learned]:
    folder = generation.folder
    with folder.material(generation.id) as file:
        material = read_material(file)
    learned = Learned(folder.report(generation.id), material.factors)
    return folder.shared(generation.id), material, learned


def publish_shared(job: Job, services: Services) -> Outcome:
    """Put lists that were made in parts into use; there is nothing to do where one worker did all.

    Raises:
        NotFound: the collection is gone.
        Unavailable: the cache has lost some of its lists again.
    """
    generation = Generation(job.id, services.collection(job), services)
    try:
        shared = generation.folder.shared(job.id)
    except NotFound:
        return Outcome()
    # else a delivery before this one has put it into use
    if job.id not in generation.folder.recommender().trainings:
        generation.fill_in(shared.users)
        if not generation.go_live(shared.users, Seen(shared.saw, shared.revision)):
            return Outcome(result=SUPERSEDED)
    return Outcome(result=generation.told())
