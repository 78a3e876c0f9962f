"""A shop with sales, on a real Redis and a real ledger, to be trained in the test's process."""

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.cache import Lists
from core.cache.worker_registry import Presence
from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.jobs import JobKind, Ledger, Locks, NewJob, Outcome
from core.pipelines.sales.import_sales import import_sales
from core.pipelines.services import Rooms
from core.pipelines.train.train import train
from core.pipelines.training_requests import ask_for_training
from core.recommender.options import RecommenderSettings
from core.settings import Limits
from core.storage import Collections, Files, Item, Uploads
from core.vectors.memory import MemoryVectors
from tests.support.sales import as_csv, order_lines
from tests.support.servers import redis_server

FIRST, SECOND = order_lines(), order_lines(users=80, seed=2)


def quiet():
    pass


@contextmanager
def trainable(tmp_path):
    """The rooms, opened."""
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


def shop_of(rooms):
    """A collection of forty items, with both files taken in."""
    collection = rooms.collections.create("shop", encoder=EncoderIdentity("a", 2))
    items = rooms.items(collection)
    now = datetime.now(UTC)
    items.put_all(Item(sku=str(n), created_at=now, updated_at=now) for n in range(40))
    first, second = (add(rooms, rows) for rows in (FIRST, SECOND))
    return SimpleNamespace(collection=collection, first=first, second=second)


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


def train_once(rooms, happening=None):
    """Run a training; its job and its result. Something may happen once it has read the sales."""
    claim = rooms.ledger.claim(ask_for_training("shop", rooms))
    job, happened = rooms.ledger.get(claim.job_id), []

    def report():
        if happening and not happened:
            happened.append(happening())

    outcome = train(job, rooms, report)
    rooms.ledger.commit(claim, outcome)
    rooms.ledger.commit(rooms.ledger.claim(job.id), Outcome())  # its last step, which has no work
    return job.id, outcome.result
