from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.errors import NotFound
from core.jobs import JobKind, JobQueue, Ledger, Locks, NewJob, Problem
from core.pipelines.housekeeping import (
    INCOMPLETE_UPLOAD_RETENTION,
    RETIRED_INDEX_RETENTION,
    TOMBSTONE_RETENTION,
    UPLOAD_RETENTION,
    drop_old_audit,
    drop_old_tombstones,
    drop_old_uploads,
    drop_retired_indexes,
    remove_leftovers,
    retrain_stale,
)
from core.pipelines.training_schedule import TrainingSchedule
from core.storage import Collections, Recommender, StatisticsStore, Uploads, open_backend
from core.storage.generations import GenerationStore
from core.storage.recommender import Training
from tests.support.local_shop import LocalShop
from tests.support.memory_vectors import MemoryVectors
from tests.support.servers import redis_server
from tests.support.trainable_shop import open_services

pytestmark = pytest.mark.stack


def test_incomplete_and_then_old_uploads_are_dropped_but_not_those_of_open_jobs(tmp_path):
    uploads = Uploads(open_backend((tmp_path / "store").as_uri()))
    for name in ("incomplete", "failed", "in-use"):
        with uploads.receive(name) as writer:
            writer.begin("files", "a.jpg")
            writer.write(b"x")
            writer.end()
    with redis_server(tmp_path / "redis") as url:
        ledger = Ledger(connect(url))
        new = NewJob(kind=JobKind.INGEST, collection="c", args={"upload": "in-use"})
        ledger.create(new)
        ledger.create(new.model_copy(update={"args": {"upload": "failed"}}), job_id="failed")
        ledger.fail(
            ledger.claim("failed"), Problem(code="internal", title="a bug", detail="it failed")
        )
        services = SimpleNamespace(uploads=uploads, ledger=ledger)
        now = datetime.now(UTC)
        assert drop_old_uploads(services, now) == []
        minute = timedelta(minutes=1)
        assert drop_old_uploads(services, now + timedelta(hours=23)) == []
        assert drop_old_uploads(services, now + INCOMPLETE_UPLOAD_RETENTION + minute) == [
            "incomplete"
        ]
        assert drop_old_uploads(services, now + UPLOAD_RETENTION + minute) == ["failed"]
        assert [file.filename for file in uploads.files("in-use")] == ["a.jpg"]


def test_half_written_files_are_removed_after_a_day(tmp_path):
    (tmp_path / "items").mkdir()
    leftover = tmp_path / "items" / f".a.json.{'0' * 32}"
    leftover.touch()
    services, now = SimpleNamespace(files=open_backend(tmp_path.as_uri())), datetime.now(UTC)
    assert remove_leftovers(services, now + timedelta(hours=23)) == []
    assert remove_leftovers(services, now + timedelta(hours=25)) == [leftover.name]
    assert not leftover.exists()


def test_old_days_of_the_audit_log_are_dropped(tmp_path):
    files = open_backend(tmp_path.as_uri())
    for day in ("2024-11-30", "2024-12-01", "2026-01-05"):
        files.append(f"audit/{day}.jsonl", b"{}\n")
    services, now = SimpleNamespace(files=files), datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert drop_old_audit(services, timedelta(days=400), now) == ["2024-11-30.jsonl"]
    assert files.list_names("audit") == ["2024-12-01.jsonl", "2026-01-05.jsonl"]


@pytest.fixture
def services(tmp_path):
    """The services of one collection, with vectors in memory."""
    files = open_backend((tmp_path / "store").as_uri())
    with redis_server(tmp_path / "redis") as url:
        redis = connect(url)
        services = SimpleNamespace(
            files=files,
            collections=Collections(files),
            vectors=MemoryVectors(),
            ledger=Ledger(redis),
            locks=Locks(redis),
            statistics=lambda collection: StatisticsStore(files, collection.folder),
        )
        services.collections.create("shop", encoder=EncoderIdentity("a", 2))
        services.vectors.create(services.collections.get("shop").index_name, 2)
        yield services


def start_encoder_change(services):
    job = services.ledger.create(NewJob(kind=JobKind.CHANGE_ENCODER, collection="shop"))
    shadow = services.collections.stage_index("shop", EncoderIdentity("b", 3), job.id)
    services.vectors.create(shadow.name, shadow.encoder.dim)
    services.files.write(f"collections/shop/plans/{job.id}", b"")
    return job, shadow


def test_a_retired_index_is_dropped_after_a_while(services):
    old = services.collections.get("shop").index_name
    job, shadow = start_encoder_change(services)
    services.collections.promote_index("shop", job.id)
    assert drop_retired_indexes(services) == []
    assert list(services.vectors.keys(old)) == []
    now = datetime.now(UTC) + RETIRED_INDEX_RETENTION + timedelta(seconds=1)
    assert drop_retired_indexes(services, now) == [old]
    with pytest.raises(NotFound):
        services.vectors.keys(old)
    assert services.collections.get("shop").index_names == {shadow.name}
    assert list(services.vectors.keys(shadow.name)) == []


def test_the_shadow_index_of_an_ended_job_is_dropped_and_that_of_an_open_one_stays(services):
    job, shadow = start_encoder_change(services)
    later = datetime.now(UTC) + RETIRED_INDEX_RETENTION + timedelta(minutes=1)
    assert drop_retired_indexes(services, later) == []
    assert services.collections.get("shop").shadow_index == shadow
    services.ledger.cancel(job.id)
    drop_retired_indexes(services)
    assert services.collections.get("shop").shadow_index is None
    assert services.files.list_names("collections/shop/plans") == []
    assert drop_retired_indexes(services, later) == [shadow.name]


def test_a_recommender_is_retrained_when_its_training_is_old(services):
    services.generations = lambda collection: GenerationStore(services.files, collection.folder)
    services.job_queue = JobQueue(services.ledger, lambda *_: None)
    services.training_schedule = TrainingSchedule(quiet_s=0, max_delay_s=0)
    day, now = timedelta(hours=24), datetime.now(UTC)
    assert retrain_stale(services, day, now) == []
    trained = Recommender(live="g1", trainings={"g1": Training(at=now, fingerprint="")})
    services.generations(services.collections.get("shop")).put_recommender(trained)
    assert retrain_stale(services, day, now + timedelta(hours=23)) == []
    (job,) = retrain_stale(services, day, now + timedelta(hours=25))
    assert retrain_stale(services, day, now + timedelta(hours=25)) == [job]
    (training,) = services.ledger.open_jobs_of("shop", JobKind.TRAIN)
    assert training.id == job


def test_a_candidate_newer_than_the_lists_of_a_rollback_needs_no_training(services):
    services.generations = lambda collection: GenerationStore(services.files, collection.folder)
    day, now = timedelta(hours=24), datetime.now(UTC)
    old, new = (Training(at=at, fingerprint="") for at in (now - 2 * day, now))
    rolled_back = Recommender().publish("g1", old).publish("g2", old).roll_back(now).keep("g3", new)
    services.generations(services.collections.get("shop")).put_recommender(rolled_back)
    assert retrain_stale(services, day, now) == []


def test_a_tombstone_is_kept_until_no_older_upload_is_open_or_can_be_retried(tmp_path):
    with open_services(tmp_path) as services:
        shop = LocalShop(services)
        shop.run(shop.request("red", "blue"))
        shop.delete("red")
        older = shop.request("green")
        shop.delete("blue")
        later = datetime.now(UTC) + TOMBSTONE_RETENTION + timedelta(minutes=1)
        assert drop_old_tombstones(services) == 0
        assert drop_old_tombstones(services, later) == 1
        shop.run(older)
        assert drop_old_tombstones(services, later) == 1
        assert shop.items.tombstones.before(later.timestamp() * 1e6) == []
