"""What a training does with sales that go while it learns."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.domain import EncoderIdentity
from core.jobs import JobKind, Ledger, Locks, NewJob, Outcome
from core.lists import Lists
from core.pipelines.rooms import Rooms
from core.pipelines.sales.erase import delete_sales, erase_user
from core.pipelines.sales.take_in import import_sales
from core.pipelines.train.train import train
from core.presence import Presence
from core.recommender.settings import RecommenderSettings
from core.redis_door import connect
from core.settings import Limits
from core.store import Collections, Files, Item, Uploads
from core.vectors.memory import MemoryVectors
from tests.sales import as_csv, order_lines, user
from tests.servers import redis_server

pytestmark = pytest.mark.stack

FIRST, SECOND = order_lines(), order_lines(users=80, seed=2)
NEW = user(79)  # only in the second file


def quiet():
    pass


@pytest.fixture
def rooms(tmp_path):
    files = Files((tmp_path / "store").as_uri())
    with redis_server(tmp_path / "redis") as url:
        redis = connect(url)
        ledger = Ledger(redis)
        yield Rooms(
            files=files,
            collections=Collections(files),
            uploads=Uploads(files),
            vectors=MemoryVectors(),
            ledger=ledger,
            locks=Locks(redis),
            presence=Presence(redis),
            encoder_of=lambda _: pytest.fail("nothing is embedded"),
            lists=Lists(redis),
            submit=ledger.create,
            recommender=RecommenderSettings(),
            limits=Limits(),
            chunk=16,
            batch=1,
        )


@pytest.fixture
def shop(rooms):
    """A collection of forty items, with both files taken in."""
    made = rooms.collections.create("shop", encoder=EncoderIdentity("a", 2))
    items = rooms.items(made)
    now = datetime.now(UTC)
    items.put_all(Item(sku=str(n), created_at=now, updated_at=now) for n in range(40))
    first, second = (add(rooms, rows) for rows in (FIRST, SECOND))
    return SimpleNamespace(collection=made, first=first, second=second)


def made(rooms, kind, **args):
    return rooms.ledger.create(NewJob(kind=kind, collection="shop", args=args))


def staged(rooms, name, data):
    with rooms.uploads.receive(name) as writer:
        writer.begin("file", "sales.csv")
        writer.write(data)
        writer.end()
    return name


def add(rooms, rows):
    upload = staged(rooms, f"u{len(rows)}", as_csv(rows))
    job = made(rooms, JobKind.IMPORT_SALES, upload=upload, filename="sales.csv")
    import_sales(job, rooms, quiet)
    return job.id


def delete_second(rooms, shop):
    job = made(rooms, JobKind.DELETE_SALES, upload=shop.second)
    return delete_sales(job, rooms, quiet)


def erase_new(rooms, shop):
    with rooms.uploads.receive("erased") as writer:
        writer.write(NEW.encode())
    return erase_user(made(rooms, JobKind.ERASE_USER, upload="erased"), rooms, quiet)


def run(rooms, report=quiet):
    """Run the training that waits; its job and its outcome."""
    claim = rooms.ledger.claim(rooms.ledger.waiting(JobKind.TRAIN, "shop").id)
    job = rooms.ledger.get(claim.job_id)
    outcome = train(job, rooms, report)
    rooms.ledger.commit(claim, outcome)
    rooms.ledger.commit(rooms.ledger.claim(job.id), Outcome())  # its last step, which has no work
    return job.id, outcome.result


def overtaken(rooms, change):
    """The same, and something happens once it has read the sales: what came of that, too."""
    happened = []

    def report():
        if not happened:
            happened.append(change())

    return *run(rooms, report), happened[0]


@pytest.mark.parametrize("change", [delete_second, erase_new])
def test_a_deletion_that_overtakes_a_training_keeps_it_from_being_published(rooms, shop, change):
    job, result, deletion = overtaken(rooms, lambda: change(rooms, shop))
    assert result == {"generation": None, "superseded": True}
    folder = rooms.sales(shop.collection)
    assert (folder.recommender().live, folder.generations()) == (None, [])
    assert rooms.lists.read("shop", NEW, [""]) is None
    following, _ = run(rooms)
    assert following == deletion.result["training"] != job
    assert folder.recommender().live == following
    assert rooms.lists.read("shop", user(1), [""]).personal
    assert not rooms.lists.read("shop", NEW, [""]).personal


def test_a_deletion_that_overtakes_a_training_leaves_the_lists_before_in_use(rooms, shop):
    before, _ = run(rooms)
    add(rooms, order_lines(users=10, seed=3))
    overtaken(rooms, lambda: delete_second(rooms, shop))
    folder = rooms.sales(shop.collection)
    assert (folder.recommender().live, folder.generations()) == (before, [before])
    assert rooms.lists.live("shop") == before


def test_sales_that_come_during_a_training_do_not_keep_it_from_being_published(rooms, shop):
    job, _, _ = overtaken(rooms, lambda: add(rooms, order_lines(users=10, seed=3)))
    assert rooms.sales(shop.collection).recommender().live == job


def test_an_erasure_leaves_files_without_the_customer_known(rooms, shop):
    erase_new(rooms, shop)
    digests = {one.id: one.digest for one in rooms.sales(shop.collection).uploads()}
    assert digests[shop.first]
    assert digests[shop.second] == ""
