"""A catalogue of bad input: each response says what is wrong, and none is a 500."""

import re
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.errors import STATUS, status_of
from core.attributes import extend_types
from core.domain import EncoderIdentity
from core.encoders.images.preprocessing import decode_image
from core.errors import CoreError
from core.jobs import IngestArgs
from core.pipelines.ingest.plan_upload import plan_upload
from core.pipelines.services import no_heartbeat
from core.settings import Limits, Settings
from core.storage import Item, Uploads, open_backend
from tests.support.bad_files import ACCEPTED_ROWS, ARCHIVES, IMAGES, REJECTED_ROWS
from tests.support.bad_requests import BODIES, FILES, FORMS, NAMES, TYPES
from tests.support.openapi_conformance import assert_documented
from tests.support.sales_files import line, read, table
from tests.support.servers import redis_server

REQUESTS = {**BODIES, **FORMS, **NAMES, **FILES, **TYPES}
LIMITS = Limits(max_files=50, max_image_mb=1, max_upload_mb=2, max_images=100)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API with only Redis, and one item in its collection."""
    data = tmp_path_factory.mktemp("catalogue")
    with redis_server(data / "redis") as url:
        settings = Settings(data=data, redis_url=url, cache_url=url, limits=LIMITS)
        app = create_app(settings)
        with TestClient(app, raise_server_exceptions=False) as client:
            services, now = app.state.services, datetime.now(UTC)
            shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            services.collections.set_types("shop", extend_types({}, {"price": [5], "new": [True]}))
            services.items(shop).put_all([Item(sku="A", created_at=now, updated_at=now)])
            yield client


@pytest.mark.stack
@pytest.mark.parametrize(
    ("method", "path", "content", "status", "words"), REQUESTS.values(), ids=REQUESTS
)
def test_a_request_gets_the_expected_response(client, method, path, content, status, words):
    answer = client.request(method, path, **content)
    assert_documented(answer)
    assert answer.status_code == status, answer.text
    assert not re.search(r'Traceback|File "|\.py', answer.text)
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]
    assert client.get("/v1/collections/shop/items/A").json()["attributes"] == {}


@pytest.mark.parametrize(("data", "status"), IMAGES.values(), ids=IMAGES)
def test_an_image_is_decoded_or_rejected_as_expected(data, status):
    try:
        decode_image(data, side=32, max_megapixels=50)
        actual = 200
    except CoreError as exc:
        actual = status_of(type(exc))
    assert actual == status


@pytest.mark.parametrize(("data", "status", "words"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_is_rejected_as_expected(tmp_path, data, status, words):
    uploads = Uploads(open_backend(tmp_path.as_uri()))
    with uploads.receive("u") as writer:
        writer.begin("files", "sent.zip")
        writer.write(data)
        writer.end()
    services = SimpleNamespace(uploads=uploads, limits=LIMITS)
    by_code = {error.code: status for error, status in STATUS.items()}
    try:
        images, failures, _ = plan_upload(
            IngestArgs(upload="u"), services, no_heartbeat, partial(extend_types, {})
        )
    except CoreError as exc:
        problems = [(status_of(type(exc)), exc.detail)]
    else:
        problems = [(by_code[failure.code], failure.reason) for failure in failures]
        problems = problems or [(422, "no image")] if not images else problems
    assert [(status, True)] == [(code, words in detail) for code, detail in problems]


@pytest.mark.parametrize(("row", "words"), REJECTED_ROWS.values(), ids=REJECTED_ROWS)
def test_a_sales_row_is_rejected_with_the_expected_reason(row, words):
    accepted, rejected, _ = read(table(line(), row, line(order="2")))
    assert len(accepted) == 2
    assert [(reject.line, words in reject.reason) for reject in rejected] == [(3, True)], rejected


@pytest.mark.parametrize("name", ACCEPTED_ROWS)
def test_values_that_look_like_numbers_or_null_remain_text(name):
    accepted, rejected, _ = read(table(ACCEPTED_ROWS[name]))
    assert [row[0] for row in accepted] == [name]
    assert not rejected
