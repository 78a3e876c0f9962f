"""A shop with sales on a real Redis and ledger; trainings run in the process of the test."""

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.cache import CacheWriter, ItemCache, SimilarWriter, WordIndex
from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.downloads import Downloader
from core.jobs import JobKind, JobQueue, Ledger, Locks, NewJob, Outcome
from core.pipelines.sales.import_sales import import_sales
from core.pipelines.services import Services, no_heartbeat
from core.pipelines.train.train import LOADING, run_training
from core.pipelines.training_requests import request_training
from core.pipelines.training_schedule import TrainingSchedule
from core.recommender.options import RecommenderSettings
from core.settings import MEBIBYTE, DownloadSettings, Limits
from core.storage import Collections, Item, Uploads, open_backend
from tests.support.memory_vectors import MemoryVectors
from tests.support.sales import as_csv, order_lines
from tests.support.servers import redis_server

FIRST, SECOND = order_lines(), order_lines(users=80, seed=2)


@contextmanager
def open_services(tmp_path):
    """Services on a new store and a new Redis."""
    files = open_backend((tmp_path / "store").as_uri())
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
            worker_registry=WorkerRegistry(redis),
            get_encoder=lambda _: pytest.fail("a training embeds nothing"),
            class_head=lambda _: None,
            text_tower=lambda _: None,
            lists=CacheWriter(redis),
            similar=SimilarWriter(redis),
            item_cache=ItemCache(redis),
            word_index=WordIndex(redis),
            downloader=Downloader(DownloadSettings(), max_bytes=MEBIBYTE),
            job_queue=JobQueue(ledger, lambda *_: None),
            training_schedule=TrainingSchedule(quiet_s=0, max_delay_s=0),
            recommender=RecommenderSettings(),
            limits=Limits(),
            chunk_size=16,
            batch_size=1,
        )


def make_shop(services):
    """A collection of forty items, with both sales files imported."""
    collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    items = services.items(collection)
    now = datetime.now(UTC)
    items.put_all(Item(sku=str(n), created_at=now, updated_at=now) for n in range(40))
    first, second = (import_rows(services, rows) for rows in (FIRST, SECOND))
    return SimpleNamespace(collection=collection, first=first, second=second)


def create_job(services, kind, **args):
    return services.ledger.create(NewJob(kind=kind, collection="shop", args=args))


def stage_upload(services, name, data):
    with services.uploads.receive(name) as writer:
        writer.begin("file", "sales.csv")
        writer.write(data)
        writer.end()
    return name


def import_rows(services, rows):
    upload = stage_upload(services, f"u{len(rows)}", as_csv(rows))
    job = create_job(services, JobKind.IMPORT_SALES, upload=upload, filename="sales.csv")
    import_sales(job, services, no_heartbeat)
    return job.id


def train_once(services, interrupt=None):
    """Run a training; return its job id and result. `interrupt` runs once, after reading sales."""
    claim = services.ledger.claim(request_training("shop", services))
    job, interrupts = services.ledger.get(claim.job_id), []

    def heartbeat(stage=None):
        if interrupt and not interrupts and stage.name != LOADING:
            interrupts.append(interrupt())

    outcome = run_training(job, services, heartbeat)
    services.ledger.commit(claim, outcome)
    # the last step has no work where lists are not sharded
    services.ledger.commit(services.ledger.claim(job.id), Outcome())
    return job.id, outcome.result
