"""Single items are changed and deleted by the API itself, under the collection's lock."""

import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.jobs import Ledger, Locks
from core.settings import Settings
from core.storage import Item
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

LOCK_TTL_S = 0.4
CAFE = "Café Å"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API with only Redis."""
    data = tmp_path_factory.mktemp("items")
    with redis_server(data / "redis") as url:
        settings = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(settings), raise_server_exceptions=False) as client:
            yield client


@pytest.fixture
def services(client):
    return client.app.state.services


@pytest.fixture
def items(services):
    """The items of a new collection: one item with the SKU `CAFE`."""
    now = datetime.now(UTC)
    collection = services.collections.find("shop")
    if collection is None:
        collection = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
    items = services.items(collection)
    items.put_all([Item(sku=CAFE, attributes={"n": 1}, created_at=now, updated_at=now)])
    return items


@pytest.mark.parametrize(
    "form",
    [CAFE, unicodedata.normalize("NFD", CAFE), f" {CAFE}\u00a0", CAFE.replace("Å", "\u212b")],
    ids=["NFC", "NFD", "blanks", "Angstrom sign"],
)
def test_all_forms_of_a_sku_name_the_same_item(client, items, form):
    url = f"/v1/collections/shop/items/{form}"
    assert client.get(url).json()["sku"] == CAFE
    changed = client.patch(url, json={"attributes": {"n": 2}})
    assert (changed.status_code, items.get(CAFE).attributes) == (200, {"n": 2})
    assert client.delete(url).status_code == 204
    assert items.find([CAFE]) == {}


@pytest.mark.parametrize("sku", ["A%0A1", "A%0DB", "%00", "a/b%7F"])
def test_a_sku_with_a_control_character_is_refused_everywhere(client, items, sku):
    url = f"/v1/collections/shop/items/{sku}"
    answers = [
        client.get(url),
        client.get(f"{url}/image"),
        client.get(f"{url}/similar"),
        client.patch(url, json={"attributes": {"n": 2}}),
        client.delete(url),
        client.put(url, files={"files": ("a.jpg", b"x")}),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all("1 to 128 printable characters" in answer.json()["detail"] for answer in answers)


def test_a_change_to_the_same_values_changes_nothing(client, services, items):
    url = f"/v1/collections/shop/items/{CAFE}"
    before, changes = client.get(url).json(), services.ledger.changes("shop", 100)
    assert client.patch(url, json={"attributes": {"n": 1, "m": None}}).json() == before
    assert services.ledger.changes("shop", 100) == changes


def test_changes_after_a_loss_of_redis_and_a_clock_set_back_take_effect(client, services, items):
    redis = connect(services.settings.redis)
    url = f"/v1/collections/shop/items/{CAFE}"
    services.ledger.next_sequence()
    redis.hincrby("lookalike:sequence", "last", 3_600_000_000)  # the clock is an hour ahead
    for value in (2, 3):
        assert client.patch(url, json={"attributes": {"n": value}}).status_code == 200
        assert items.get(CAFE).attributes == {"n": value}
        redis.flushall()  # the clock is right again
    assert client.delete(url).status_code == 204
    assert items.find([CAFE]) == {}


def test_a_job_that_was_lost_with_data_of_redis_says_so(client, services, items):
    files = {"files": ("a.csv", b"x")}
    job = client.put(f"/v1/collections/shop/items/{CAFE}", files=files).json()["id"]
    connect(services.settings.redis).flushall()
    answers = [client.get(f"/v1/jobs/{job}"), client.post(f"/v1/jobs/{job}/retry")]
    assert {answer.status_code for answer in answers} == {404}
    assert all("send the files again" in answer.json()["detail"] for answer in answers)
    services.uploads.discard(job)
    assert "send" not in client.get(f"/v1/jobs/{job}").json()["detail"]


def test_a_form_of_many_empty_parts_is_refused_in_time(client, items):
    part = b"--x\r\nContent-Disposition: form-data; name=files; filename=a\r\n\r\n\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    url = "/v1/collections/shop/items"
    answer = client.post(url, content=part * 100_000 + b"--x--", headers=headers)
    assert answer.status_code == 413
    assert "more than 10,000 files" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_server_that_was_frozen_until_it_lost_the_lock_writes_nothing(
    client, services, items, method
):
    class FrozenLedger(Ledger):
        """A ledger whose caller is frozen after it got a number, until the lock has expired."""

        def next_sequence(self):
            self._freeze()
            return super().next_sequence()

        def record_changes(self, collection, skus):
            self._freeze()
            return super().record_changes(collection, skus)

        def _freeze(self):
            self._redis.delete("lookalike:lock:shop")
            time.sleep(LOCK_TTL_S / 2)

    redis = connect(services.settings.redis)
    ledger, before = FrozenLedger(redis), items.get(CAFE)
    dispatcher = type(services.dispatcher)(services.settings.redis, ledger)
    frozen = replace(
        services, ledger=ledger, dispatcher=dispatcher, locks=Locks(redis, ttl_s=LOCK_TTL_S)
    )
    client.app.state.services = frozen
    body = {"json": {"attributes": {"n": 2}}} if method == "PATCH" else {}
    try:
        answer = client.request(method, f"/v1/collections/shop/items/{CAFE}", **body)
    finally:
        client.app.state.services = services
    assert (answer.status_code, items.get(CAFE)) == (503, before)


def test_a_damaged_document_is_named_and_can_be_deleted(client, services, items):
    key = items.get(CAFE).key
    file = f"items/{key[:2]}/{key}.json"
    services.files.write(f"collections/shop/{file}", b"")
    url = f"/v1/collections/shop/items/{CAFE}"
    for answer in (client.get(url), client.patch(url, json={"attributes": {"n": 2}})):
        assert answer.status_code == 409
        assert file in answer.json()["detail"]
    assert client.get("/v1/collections/shop/items").json()["items"] == []
    assert client.delete(url).status_code == 204
    assert (client.get(url).status_code, client.delete(url).status_code) == (404, 404)


def test_a_flag_that_is_neither_true_nor_false_is_refused(client, items):
    answer = client.post(
        "/v1/collections/shop/items", files={"files": ("a.jpg", b"x")}, data={"replace": "yes"}
    )
    assert answer.status_code == 422
    assert "replace: send true or false, not 'yes'" in answer.json()["detail"]
