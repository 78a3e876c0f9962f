import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.cache.rate_limit import BURST_S
from core.settings import Limits, Settings
from core.storage import Keys, Role, open_backend

LIMITS = Limits(
    reads_per_minute=60,
    writes_per_minute=30,
    visitor_reads_per_minute=12,
    visitor_images_per_minute=24,
)


@pytest.fixture
def app(tmp_path):
    return create_app(Settings(data=tmp_path, limits=LIMITS))


def create_keys(tmp_path, *roles):
    keys = Keys(open_backend((tmp_path / "store").as_uri()))
    return [{"Authorization": f"Bearer {keys.create(role, role)[1]}"} for role in roles]


def repeat_until_rejected(send):
    for count in range(100):
        answer = send()
        if answer.status_code == 429:
            return count, answer
    raise AssertionError("never rejected")


def test_a_key_over_its_rate_limit_gets_429_with_retry_after(app, tmp_path):
    busy, quiet = create_keys(tmp_path, Role.READ, Role.READ)
    with TestClient(app) as client:
        count, answer = repeat_until_rejected(lambda: client.get("/v1/about", headers=busy))
        assert BURST_S <= count <= BURST_S + 2
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "too-many-requests"
        assert client.get("/v1/about", headers=quiet).status_code == 200
        assert client.get("/health/live", headers=busy).status_code == 200


def test_writes_are_limited_separately_from_reads(app, tmp_path):
    (headers,) = create_keys(tmp_path, Role.WRITE)
    path = "/v1/collections/none/items/A"
    with TestClient(app) as client:
        count, _ = repeat_until_rejected(lambda: client.delete(path, headers=headers))
        assert BURST_S / 2 <= count <= BURST_S / 2 + 1
        assert client.get("/v1/about", headers=headers).status_code == 200


def test_invalid_keys_are_limited_by_address(app, tmp_path):
    create_keys(tmp_path, Role.READ)
    with TestClient(app, client=("203.0.113.7", 50000)) as client:
        guess = {"Authorization": "Bearer lk_00000000_" + "A" * 43}
        count, _ = repeat_until_rejected(lambda: client.get("/v1/about", headers=guess))
        assert BURST_S <= count <= BURST_S + 2


@pytest.mark.parametrize(
    ("first", "same", "other"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("2001:db8::7", "2001:db8::8", "2001:db8:0:1::7"),
    ],
)
def test_a_storefront_key_is_limited_for_each_visitor(app, tmp_path, first, same, other):
    (headers,) = create_keys(tmp_path, Role.SEARCH)
    images = "/v1/collections/shop/items/A/image?signature=0"
    with TestClient(app):
        visitors = [TestClient(app, client=(host, 50000)) for host in (first, same, other)]
        # storefront keys may not read this, but the request counts
        count, _ = repeat_until_rejected(lambda: visitors[0].get("/v1/about", headers=headers))
        assert BURST_S / 5 <= count <= BURST_S / 5 + 1
        statuses = [visitor.get("/v1/about", headers=headers).status_code for visitor in visitors]
        assert statuses == [429, 429, 403]
        count, _ = repeat_until_rejected(lambda: visitors[0].get(images))
        assert BURST_S / 2.5 <= count <= BURST_S / 2.5 + 1
        assert [visitor.get(images).status_code for visitor in visitors] == [429, 429, 403]


@pytest.mark.parametrize(("host", "is_limited"), [("127.0.0.1", False), ("203.0.113.7", True)])
def test_without_keys_other_machines_are_limited_and_this_one_is_not(app, host, is_limited):
    with TestClient(app, client=(host, 50000)) as client:
        statuses = {client.get("/v1/about").status_code for _ in range(40)}
    assert statuses == ({200, 429} if is_limited else {200})
