from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from core.jobs import JobKind, Ledger, NewJob, connect
from core.pipelines.housekeeping import UPLOADS_KEPT, drop_old_uploads
from core.store import Files, Uploads
from tests.servers import redis_server

pytestmark = pytest.mark.stack


def test_old_uploads_go_but_not_those_of_open_jobs(tmp_path):
    uploads = Uploads(Files((tmp_path / "store").as_uri()))
    for name in ("old", "in-work"):
        with uploads.receive(name) as writer:
            writer.begin("files", "a.jpg")
            writer.write(b"x")
            writer.end()
    with redis_server(tmp_path / "redis") as url:
        ledger = Ledger(connect(url))
        ledger.create(NewJob(kind=JobKind.INGEST, collection="c", args={"upload": "in-work"}))
        rooms = SimpleNamespace(uploads=uploads, ledger=ledger)
        now = datetime.now(UTC)
        assert drop_old_uploads(rooms, now) == []
        assert drop_old_uploads(rooms, now + UPLOADS_KEPT + timedelta(minutes=1)) == ["old"]
        assert [part.filename for part in uploads.parts("in-work")] == ["a.jpg"]
