"""While the store cannot be written, all changes are refused, and nothing is done later."""

import subprocess
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.settings import Limits, Settings
from core.storage import Item
from tests.support.disks import mounted_disk
from tests.support.images import jpeg
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "/v1/collections/shop"
SALES = b"md5email,sku,order_id,zip,ordered_at\nann,A,1,1,2026-01-01\n"
CHANGES = {
    "upload": ("POST", f"{SHOP}/items", {"files": {"files": ("a.jpg", jpeg(1))}}),
    "replace": ("PUT", f"{SHOP}/items/A", {"files": {"files": ("a.jpg", jpeg(1))}}),
    "change": ("PATCH", f"{SHOP}/items/A", {"json": {"attributes": {"n": 2}}}),
    "delete": ("DELETE", f"{SHOP}/items/A", {}),
    "sales": ("POST", f"{SHOP}/sales", {"content": SALES, "headers": {"content-type": "text/csv"}}),
    "delete sales": ("DELETE", f"{SHOP}/sales", {}),
    "erase": ("DELETE", f"{SHOP}/users/ann", {}),
    "delete collection": ("DELETE", SHOP, {}),
    "create collection": ("POST", "/v1/collections", {"json": {"name": "other"}}),
    "describe": ("PATCH", SHOP, {"json": {"description": "new"}}),
    "train": ("POST", f"{SHOP}/recommender", {}),
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A disk for the store."""
    with mounted_disk(tmp_path_factory.mktemp("disk"), megabytes=64) as folder:
        yield folder


@pytest.fixture(scope="module")
def client(disk, tmp_path_factory):
    """The API of a collection with one item, whose store has become read-only."""
    data = tmp_path_factory.mktemp("data")
    with redis_server(data / "redis") as url:
        settings = Settings(
            data=data,
            store_url=disk.as_uri(),
            redis_url=url,
            cache_url=url,
            limits=Limits(min_free_mb=1),
        )
        with TestClient(create_app(settings), raise_server_exceptions=False) as client:
            services, now = client.app.state.services, datetime.now(UTC)
            shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            item = Item(sku="A", attributes={"n": 1}, created_at=now, updated_at=now)
            services.items(shop).put_all([item])
            assert client.patch(f"{SHOP}/items/A", json={"attributes": {"n": 1}}).status_code == 200
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            yield client


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_refused_and_leaves_no_job(client, change):
    redis = connect(client.app.state.services.settings.redis)
    before = sorted(redis.keys("*"))
    method, path, content = CHANGES[change]
    answer = client.request(method, path, **content)
    assert answer.status_code == 503
    assert sorted(redis.keys("*")) == before


def test_readiness_names_the_store(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "Read-only file system" in str(answer.json())
