"""The catalogue of bad input: whatever comes, the answer says what is wrong, and is never a 500."""

import io
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.errors import STATUS, status_of
from core.domain import EncoderIdentity
from core.encoders.images.preprocessing import decode
from core.errors import CoreError
from core.jobs import IngestArgs
from core.pipelines.ingest.plan import _fresh
from core.pipelines.services import no_report
from core.sales.importer import read_sales
from core.settings import Limits, Settings
from core.storage import Files, Item, Uploads
from tests.support.bad_files import ARCHIVES, KEPT, PICTURES, ROWS
from tests.support.bad_requests import BODIES, FILES, FORMS, NAMES
from tests.support.openapi_conformance import check_described
from tests.support.sales_files import dialect_of, line, table
from tests.support.servers import free_port, redis_server

REQUESTS = {**BODIES, **FORMS, **NAMES, **FILES}
LIMITS = Limits(parts=50, image_mb=1, upload_mb=2, images=100)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The front end with Redis alone, and one item in its shop."""
    data = tmp_path_factory.mktemp("catalogue")
    with redis_server(data / "redis") as url:
        ports = {"milvus": free_port()}  # nothing listens there
        settings = Settings(data=data, redis_url=url, cache_url=url, ports=ports, limits=LIMITS)
        app = create_app(settings)
        with TestClient(app, raise_server_exceptions=False) as client:
            services, now = app.state.services, datetime.now(UTC)
            shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            services.items(shop).put(Item(sku="A", created_at=now, updated_at=now))
            yield client


@pytest.mark.stack
@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "words"), REQUESTS.values(), ids=REQUESTS
)
def test_a_request_is_answered_as_the_catalogue_says(client, method, path, sent, status, words):
    answer = client.request(method, path, **sent)
    check_described(answer)
    assert answer.status_code == status, answer.text
    assert not re.search(r'Traceback|File "|\.py', answer.text)
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]
    assert client.get("/v1/collections/shop/items/A").json()["attributes"] == {}


@pytest.mark.parametrize(("data", "status"), PICTURES.values(), ids=PICTURES)
def test_a_picture_is_read_or_refused_as_the_catalogue_says(data, status):
    try:
        decode(data, side=32, max_megapixels=50)
        found = 200
    except CoreError as exc:
        found = status_of(type(exc))
    assert found == status


@pytest.mark.parametrize(("data", "status", "words"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_is_refused_as_the_catalogue_says(tmp_path, data, status, words):
    uploads = Uploads(Files(tmp_path.as_uri()))
    with uploads.receive("u") as writer:
        writer.begin("files", "sent.zip")
        writer.write(data)
        writer.end()
    services = SimpleNamespace(uploads=uploads, limits=LIMITS)
    by_code = {error.code: status for error, status in STATUS.items()}
    try:
        entries, failures = _fresh(IngestArgs(upload="u"), services, no_report)
    except CoreError as exc:
        told = [(status_of(type(exc)), exc.detail)]
    else:
        told = [(by_code[one.code], one.reason) for one in failures]
        told = told or [(422, "no picture")] if not entries else told
    assert [(status, True)] == [(code, words in detail) for code, detail in told]


@pytest.mark.parametrize(("row", "words"), ROWS.values(), ids=ROWS)
def test_a_row_of_sales_is_set_aside_as_the_catalogue_says(row, words):
    text = table(line(), row, line(order="2"))
    rejects = []
    reading = read_sales(io.BytesIO(text.encode()), dialect_of(text), reject=rejects.append)
    assert sum(batch.num_rows for batch in reading) == 2
    assert [(one.line, words in one.reason) for one in rejects] == [(3, True)], rejects


@pytest.mark.parametrize("name", KEPT)
def test_what_looks_like_a_number_or_like_nothing_is_kept_as_text(name):
    text = table(KEPT[name])
    reading = read_sales(io.BytesIO(text.encode()), dialect_of(text), reject=pytest.fail)
    assert [batch["user"].to_pylist() for batch in reading] == [[name]]
