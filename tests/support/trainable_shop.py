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
from core.pipelines.services import Services
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
        yield Services(
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


def shop_of(services):
    """A collection of forty items, with both files taken in."""
    collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    items = services.items(collection)
    now = datetime.now(UTC)
    items.put_all(Item(sku=str(n), created_at=now, updated_at=now) for n in range(40))
    first, second = (add(services, rows) for rows in (FIRST, SECOND))
    return SimpleNamespace(collection=collection, first=first, second=second)


def made(services, kind, **args):
    return services.ledger.create(NewJob(kind=kind, collection="shop", args=args))


def staged(services, name, data):
    with services.uploads.receive(name) as writer:
        writer.begin("file", "sales.csv")
        writer.write(data)
        writer.end()
    return name


def add(services, rows):
    upload = staged(services, f"u{len(rows)}", as_csv(rows))
    job = made(services, JobKind.IMPORT_SALES, upload=upload, filename="sales.csv")
    import_sales(job, services, quiet)
    return job.id


def train_once(services, happening=None):
    """Run a training; its job and its result. Something may happen once it has read the sales."""
    claim = services.ledger.claim(ask_for_training("shop", services))
    job, happened = services.ledger.get(claim.job_id), []

    def report():
        if happening and not happened:
            happened.append(happening())

    outcome = train(job, services, report)
    services.ledger.commit(claim, outcome)
    services.ledger.commit(
        services.ledger.claim(job.id), Outcome()
    )  # its last step, which has no work
    return job.id, outcome.result
