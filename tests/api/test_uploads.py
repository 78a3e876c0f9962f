"""Resumable uploads over real connections to an API process, which is killed in between."""

import contextlib
import hashlib
import io
import os
import random
import socket
import sys
import tarfile
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.jobs import Ledger
from core.pipelines.housekeeping import drop_old_uploads
from core.settings import Settings
from core.storage import Collections, Keys, Role, Uploads, open_backend
from lookalike import Lookalike, resumable_upload
from lookalike.errors import LocalProblem, NotReachable
from tests.support.concurrency import call_together
from tests.support.faults.faulty_link import FaultyLink
from tests.support.openapi_conformance import assert_documented
from tests.support.servers import free_port, kill, redis_server, start_listening
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack

MEBIBYTE = 1 << 20
PART = 8 * MEBIBYTE
FILE = random.Random(1).randbytes(2 * PART + 12_345)
SIZE = len(FILE)
LIMITS = {"MAX_UPLOAD_MB": 40, "MAX_OPEN_UPLOADS": 3}
BYTES = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}
ITEMS = "/v1/collections/shop/items"
SALES = "/v1/collections/shop/sales"


class Server:
    """An API process without workers, so that jobs stay queued and keep their files."""

    def __init__(self, data, redis):
        self.port, self.redis = free_port(), redis
        self.url = f"http://127.0.0.1:{self.port}"
        limits = {f"LIMITS__{name}": value for name, value in LIMITS.items()}
        settings = {"PORTS__API": self.port, "DATA": data, "REDIS_URL": redis, "CACHE_URL": redis}
        variables = {f"LOOKALIKE_{name}": str(value) for name, value in (settings | limits).items()}
        self._environment = {**os.environ, **variables}
        self.start()
        hooks = {"response": [assert_documented]}
        self.http = httpx2.Client(base_url=self.url, timeout=60, event_hooks=hooks)
        self.files = open_backend((data / "store").as_uri())
        self.store = data / "store"
        Collections(self.files).create("shop", encoder=EncoderIdentity("x", dim=8))

    def start(self):
        command = [sys.executable, "-m", "api"]
        self._process = start_listening(command, self.port, env=self._environment)

    def kill(self):
        kill(self._process)

    def announce(self, size=SIZE, filename="images.zip"):
        """Announce a file; return its id."""
        name = b64encode(filename.encode()).decode()
        headers = {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
        response = self.http.post("/v1/uploads", headers=headers)
        assert response.status_code == 201, response.text
        assert response.headers["location"] == f"/v1/uploads/{response.json()['id']}"
        return response.json()["id"]

    def append(self, upload, offset, data):
        headers = BYTES | {"Upload-Offset": str(offset)}
        return self.http.patch(f"/v1/uploads/{upload}", content=data, headers=headers)

    def offset(self, upload):
        response = self.http.head(f"/v1/uploads/{upload}")
        assert response.status_code == 200
        return int(response.headers["upload-offset"])

    def upload(self, data, filename="images.zip"):
        """Upload a file in one request; return its id."""
        upload = self.announce(len(data), filename)
        assert self.append(upload, 0, data).status_code == 204
        return upload

    def use(self, upload, path=ITEMS, headers=None, **fields):
        parts = {"upload": (None, upload), **fields}
        return self.http.post(path, files=parts, headers=headers)

    def contents(self, upload):
        """The files of the job that uses an upload: their form fields, names and bytes."""
        uploads = Uploads(self.files)
        for file in uploads.files(upload):
            with uploads.open_file(upload, file) as opened:
                yield file.field, file.filename, opened.read()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("uploads")
    with redis_server(data / "redis") as redis:
        server = Server(data / "server", redis)
        yield server
        server.http.close()
        server.kill()


@pytest.fixture(autouse=True)
def no_unused_uploads(server):
    yield
    for upload in server.http.get("/v1/uploads").json()["items"]:
        assert server.http.delete(f"/v1/uploads/{upload['id']}").status_code == 204


def send_and_break_off(server, upload, data):
    """Send the beginning of a file, then close the connection."""
    head = "\r\n".join([
        f"PATCH /v1/uploads/{upload} HTTP/1.1",
        "host: localhost",
        "upload-offset: 0",
        f"content-type: {BYTES['Content-Type']}",
        f"content-length: {len(FILE)}",
        "\r\n",
    ])
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head.encode() + data)


def test_an_upload_goes_on_after_a_broken_connection_and_after_the_death_of_the_api(server):
    upload = server.announce()
    sent = PART + 99_999
    send_and_break_off(server, upload, FILE[:sent])
    eventually(lambda: server.offset(upload) == sent)  # even the bytes of an incomplete part
    server.kill()
    server.start()
    assert server.offset(upload) == sent
    assert server.append(upload, sent, FILE[sent : 2 * PART]).status_code == 204
    incomplete = server.use(upload)
    assert (incomplete.status_code, incomplete.json()["offset"]) == (409, 2 * PART)
    response = server.append(upload, 2 * PART, FILE[2 * PART :])
    assert response.headers["upload-offset"] == str(len(FILE))
    manifest = b"sku,price\nA,1\n"
    response = server.use(upload, manifest=("items.csv", manifest))
    assert (response.status_code, response.json()["id"]) == (202, upload)
    assert list(server.contents(upload)) == [
        ("files", "images.zip", FILE),
        ("manifest", "items.csv", manifest),
    ]


@pytest.mark.parametrize(
    ("offset", "data", "status", "detail"),
    [
        (4, b"abc", 409, "5 bytes are stored"),
        (6, b"abc", 409, "5 bytes are stored"),
        ("x", b"abc", 422, "Upload-Offset"),
        (5, b"123456", 413, "beyond the size that was announced, 10 bytes"),
        (5, iter([b"123", b"456"]), 413, "beyond the size"),
    ],
)
def test_bytes_at_a_wrong_place_are_refused(server, offset, data, status, detail):
    upload = server.announce(10)
    assert server.append(upload, 0, b"01234").status_code == 204
    response = server.append(upload, offset, data)
    assert response.status_code == status
    assert detail in response.json()["detail"]
    assert server.offset(upload) == 5


def test_bytes_of_another_media_type_are_refused(server):
    path, headers = f"/v1/uploads/{server.announce()}", {"Upload-Offset": "0"}
    assert server.http.patch(path, content=b"a", headers=headers).status_code == 415


@pytest.mark.parametrize("upload", ["0" * 24, "..%2f..%2fkeys", "x"])
def test_an_unknown_upload_is_not_found(server, upload):
    for method in ("GET", "HEAD", "DELETE"):
        assert server.http.request(method, f"/v1/uploads/{upload}").status_code == 404
    assert server.append(upload, 0, b"a").status_code == 404
    assert server.use(upload).status_code == 404


def test_files_that_are_too_large_or_too_many_are_refused_before_they_are_sent(server):
    too_large = {"Upload-Length": str(LIMITS["MAX_UPLOAD_MB"] * MEBIBYTE + 1)}
    assert server.http.post("/v1/uploads", headers=too_large).status_code == 413
    for length in ("0", "-1", "", "1e3"):
        response = server.http.post("/v1/uploads", headers={"Upload-Length": length})
        assert response.status_code == 422
    uploads = {server.announce() for _ in range(LIMITS["MAX_OPEN_UPLOADS"])}
    response = server.http.post("/v1/uploads", headers={"Upload-Length": "1"})
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert {row["id"] for row in server.http.get("/v1/uploads").json()["items"]} == uploads


def test_of_two_clients_that_send_at_once_one_succeeds_and_its_bytes_are_stored(server):
    files = [bytes([number]) * len(FILE) for number in range(2)]
    upload = server.announce()
    responses = call_together(*[
        lambda data=data: server.append(upload, 0, data).status_code for data in files
    ])
    assert sorted(responses) == [204, 409]
    assert server.use(upload).status_code == 202
    ((_, _, stored),) = server.contents(upload)
    assert hashlib.sha256(stored).digest() == hashlib.sha256(files[responses.index(204)]).digest()


def test_an_upload_is_used_once_and_a_repeated_request_gets_its_job(server):
    upload = server.upload(b"a picture", "a.jpg")
    keys = [{"Idempotency-Key": f"{upload}-{number}"} for number in range(2)]
    calls = [lambda key=key: server.use(upload, headers=key) for key in keys]
    first = call_together(*calls)
    assert sorted(response.status_code for response in first) == [202, 409]
    again = [call() for call in calls]
    assert [r.status_code for r in again] == [r.status_code for r in first]
    assert {r.json()["id"] for r in again if r.status_code == 202} == {upload}
    assert "was used already" in next(r for r in again if r.status_code == 409).json()["detail"]
    assert server.http.delete(f"/v1/uploads/{upload}").status_code == 409


def test_a_refused_request_does_not_use_up_the_upload(server):
    upload = server.upload(b"who,sku,order_id,zip,country,created_at\n", "sales.csv")
    assert server.use(upload, SALES).status_code == 422  # nobody knows what `who` is
    response = server.use(upload, f"{SALES}?columns=md5email:who")
    assert response.status_code == 202
    ((field, name, _),) = server.contents(upload)
    assert (field, name) == ("file", "sales.csv")


def test_an_unfinished_upload_expires_after_a_day(server):
    upload = server.announce()
    folder = server.store / "uploads" / upload
    day_ago = time.time() - 24 * 3600
    os.utime(folder, (day_ago + 60, day_ago + 60))
    assert server.append(upload, 0, b"a").status_code == 204  # it is kept for another day
    os.utime(folder, (day_ago - 60, day_ago - 60))
    assert server.http.get(f"/v1/uploads/{upload}").status_code == 404
    services = SimpleNamespace(uploads=Uploads(server.files), ledger=Ledger(connect(server.redis)))
    assert upload in drop_old_uploads(services, datetime.now(UTC) + timedelta(seconds=1))
    assert not folder.exists()


def test_an_upload_belongs_to_the_key_that_made_it(server, tmp_path):
    keys = Keys(open_backend((tmp_path / "store").as_uri()))
    own, other = (
        {"Authorization": f"Bearer {keys.create(name, Role.WRITE)[1]}"} for name in ("own", "other")
    )
    settings = Settings(data=tmp_path, redis_url=server.redis, cache_url=server.redis)
    with TestClient(create_app(settings)) as client:
        Collections(client.app.state.services.files).create("shop", encoder=EncoderIdentity("x", 8))
        headers = {"Upload-Length": "1"}
        path = client.post("/v1/uploads", headers=own | headers).headers["location"]
        for method in ("GET", "DELETE"):
            assert client.request(method, path, headers=other).status_code == 404
        append = BYTES | {"Upload-Offset": "0"}
        assert client.patch(path, content=b"a", headers=other | append).status_code == 404
        assert client.patch(path, content=b"a", headers=own | append).status_code == 204
        assert client.get("/v1/uploads", headers=other).json()["items"] == []
        form = {"upload": (None, path.rpartition("/")[2])}
        assert client.post(ITEMS, files=form, headers=other).status_code == 404
        assert client.post(ITEMS, files=form, headers=own).status_code == 202


class BreakingLink(FaultyLink):
    """A connection that breaks each time that some bytes have passed, for a number of times."""

    def __init__(self, url, breaks, after):
        self.breaks, self._after, self._passed = breaks, after, 0
        super().__init__(url)

    def _forward(self, source, sink):
        class Counted:
            @staticmethod
            def sendall(data):
                self._passed += len(data)
                if self.breaks and self._passed > self._after:
                    self.breaks, self._passed = self.breaks - 1, 0
                    raise ConnectionResetError
                sink.sendall(data)

            shutdown, close = sink.shutdown, sink.close

        super()._forward(source, Counted)


@pytest.fixture
def pictures(monkeypatch, tmp_path):
    """A folder of 15 MiB, which the client takes for large."""
    monkeypatch.setattr(resumable_upload, "MIN_BYTES", MEBIBYTE)
    monkeypatch.setattr(resumable_upload, "REQUEST_BYTES", 5 * MEBIBYTE)
    monkeypatch.setattr(resumable_upload, "DELAYS_S", (0.1,) * 20)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(FILE[number : number + 5 * MEBIBYTE])
    return folder


def sent_by(client, folder, sent):
    return client.import_folder(folder, "shop", on_bytes=lambda *numbers: sent.append(numbers))


def check_archive(server, job, folder):
    """Check that the upload of a job is a tar archive of exactly the files in a folder."""
    ((_, name, data),) = server.contents(job.id)
    assert name == "pictures.tar"
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        stored = {name: archive.extractfile(name).read() for name in archive.getnames()}
    assert stored == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_client_goes_on_whenever_the_connection_breaks(server, pictures):
    sent, link = [], BreakingLink(server.url, breaks=4, after=3 * MEBIBYTE)
    with contextlib.closing(link), Lookalike(link.url) as client:
        job = sent_by(client, pictures, sent)
    assert link.breaks == 0
    assert sent[-1][0] == sent[-1][1]
    check_archive(server, job, pictures)


def test_the_client_goes_on_when_it_is_started_again(server, pictures):
    link = BreakingLink(server.url, breaks=1, after=12 * MEBIBYTE)
    interrupted = pytest.raises(NotReachable, match="send the same file again within a day")
    with contextlib.closing(link), Lookalike(link.url, retries=0) as client, interrupted:
        client.import_folder(pictures, "shop")
    sent = []
    with Lookalike(server.url) as client:
        job = sent_by(client, pictures, sent)
        assert client.uploads() == []
    assert sent[0][0] > 10 * MEBIBYTE
    check_archive(server, job, pictures)


def test_the_client_does_not_mix_two_versions_of_a_file(server, pictures):
    def change(*_):
        os.utime(pictures / "2.jpg", (1, 1))

    with Lookalike(server.url) as client, pytest.raises(LocalProblem, match="changed while"):
        client.import_folder(pictures, "shop", on_bytes=change)
