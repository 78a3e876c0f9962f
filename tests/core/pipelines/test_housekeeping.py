from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.errors import NotFound
from core.jobs import JobKind, Ledger, Locks, NewJob, Problem
from core.pipelines.housekeeping import (
    BROKEN_OFF_KEPT,
    UPLOADS_KEPT,
    VECTORS_KEPT,
    drop_left_vectors,
    drop_old_audit,
    drop_old_uploads,
    retrain_old,
)
from core.storage import Collections, Files, Recommender, SalesFiles, Uploads
from core.storage.sales import Training
from core.vectors.memory import MemoryVectors
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack


def test_uploads_that_broke_off_go_then_old_ones_but_not_those_of_open_jobs(tmp_path):
    uploads = Uploads(Files((tmp_path / "store").as_uri()))
    for name in ("broken-off", "failed", "in-work"):
        with uploads.receive(name) as writer:
            writer.begin("files", "a.jpg")
            writer.write(b"x")
            writer.end()
    with redis_server(tmp_path / "redis") as url:
        ledger = Ledger(connect(url))
        new = NewJob(kind=JobKind.INGEST, collection="c", args={"upload": "in-work"})
        ledger.create(new)
        ledger.create(new.model_copy(update={"args": {"upload": "failed"}}), job_id="failed")
        ledger.fail(
            ledger.claim("failed"), Problem(code="internal", title="a bug", detail="it fell")
        )
        services = SimpleNamespace(uploads=uploads, ledger=ledger)
        now = datetime.now(UTC)
        assert drop_old_uploads(services, now) == []
        minute = timedelta(minutes=1)
        assert drop_old_uploads(services, now + timedelta(hours=23)) == []
        assert drop_old_uploads(services, now + BROKEN_OFF_KEPT + minute) == ["broken-off"]
        assert drop_old_uploads(services, now + UPLOADS_KEPT + minute) == ["failed"]
        assert [part.filename for part in uploads.parts("in-work")] == ["a.jpg"]


def test_the_audit_of_days_long_gone_is_dropped(tmp_path):
    files = Files(tmp_path.as_uri())
    for day in ("2024-11-30", "2024-12-01", "2026-01-05"):
        files.append(f"audit/{day}.jsonl", b"{}\n")
    services, now = SimpleNamespace(files=files), datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert drop_old_audit(services, timedelta(days=400), now) == ["2024-11-30.jsonl"]
    assert files.names("audit") == ["2024-12-01.jsonl", "2026-01-05.jsonl"]


@pytest.fixture
def services(tmp_path):
    """A shop of one collection, whose vectors are in memory."""
    files = Files((tmp_path / "store").as_uri())
    with redis_server(tmp_path / "redis") as url:
        redis = connect(url)
        made = SimpleNamespace(
            files=files,
            collections=Collections(files),
            vectors=MemoryVectors(),
            ledger=Ledger(redis),
            locks=Locks(redis),
        )
        made.collections.create("shop", encoder=EncoderIdentity("a", 2))
        made.vectors.create(made.collections.get("shop").space, 2)
        yield made


def begin_change(services):
    job = services.ledger.create(NewJob(kind=JobKind.CHANGE_ENCODER, collection="shop"))
    beside = services.collections.begin_beside("shop", EncoderIdentity("b", 3), job.id)
    services.vectors.create(beside.name, beside.encoder.dim)
    services.files.write(f"collections/shop/plans/{job.id}", b"")
    return job, beside


def test_vectors_that_were_replaced_are_dropped_after_a_while(services):
    old = services.collections.get("shop").space
    job, beside = begin_change(services)
    services.collections.use_beside("shop", job.id)
    assert drop_left_vectors(services) == []
    assert services.vectors.count(old) == 0
    now = datetime.now(UTC) + VECTORS_KEPT + timedelta(seconds=1)
    assert drop_left_vectors(services, now) == [old]
    with pytest.raises(NotFound):
        services.vectors.count(old)
    assert services.collections.get("shop").all_spaces == {beside.name}
    assert services.vectors.count(beside.name) == 0


def test_vectors_of_a_job_that_gave_up_are_dropped_and_those_of_an_open_one_stay(services):
    job, beside = begin_change(services)
    later = datetime.now(UTC) + VECTORS_KEPT + timedelta(minutes=1)
    assert drop_left_vectors(services, later) == []
    assert services.collections.get("shop").beside == beside
    services.ledger.cancel(job.id)
    drop_left_vectors(services)
    assert services.collections.get("shop").beside is None
    assert services.files.names("collections/shop/plans") == []
    assert drop_left_vectors(services, later) == [beside.name]


def test_a_recommender_is_trained_again_when_its_training_is_old(services):
    asked = []
    services.sales = lambda collection: SalesFiles(services.files, collection.folder)
    services.submit = lambda new: asked.append(new) or services.ledger.create(new)
    day, now = timedelta(hours=24), datetime.now(UTC)
    assert retrain_old(services, day, now) == []
    trained = Recommender(live="one", trainings={"one": Training(at=now, saw="")})
    services.sales(services.collections.get("shop")).put_recommender(trained)
    assert retrain_old(services, day, now + timedelta(hours=23)) == []
    jobs = retrain_old(services, day, now + timedelta(hours=25))
    assert [(new.kind, new.collection) for new in asked] == [(JobKind.TRAIN, "shop")]
    assert retrain_old(services, day, now + timedelta(hours=25)) == jobs
    assert len(asked) == 1
