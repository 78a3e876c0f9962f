"""Storefront keys and signed image URLs: what a page of another web site can read, and what not."""

import hashlib
import hmac
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.middleware import signed_images
from core.domain import EncoderIdentity
from core.duplicates import DuplicateGroup, DuplicateKind, Duplicates, GroupMember
from core.settings import Settings
from core.storage import Keys, Role, StoreSecret, image_signatures, open_backend
from tests.support.pictured_shop import (
    VIEWS,
    item_with_pictures,
    picture,
    publish_pictured_shop,
)
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP, ORIGIN = "/v1/collections/shop", "https://shop.example"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API of a shop with keys, whose pages are on another origin; without a default key."""
    data = tmp_path_factory.mktemp("keys")
    with redis_server(data / "redis") as url:
        settings = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(settings), raise_server_exceptions=False) as client:
            publish_pictured_shop(client.app.state.services)
            yield client


@pytest.fixture(scope="module")
def keys(client):
    return Keys(client.app.state.services.files)


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def storefront(keys):
    """The id of a storefront key, and the headers of a page that uses it."""
    key, text = keys.create("page", Role.SEARCH, ("shop",), (ORIGIN,))
    return key.id, {**bearer(text), "Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}


LISTS = {
    "similar": lambda c, h: c.get(f"{SHOP}/items/A/similar", headers=h).json()["matches"],
    "new": lambda c, h: c.get(f"{SHOP}/new", headers=h).json()["items"],
    "popular": lambda c, h: c.get(f"{SHOP}/popular", headers=h).json()["items"],
    "bought together": lambda c, h: c.get(
        f"{SHOP}/items/A/bought-together", headers=h).json()["items"],
    "basket": lambda c, h: c.post(
        f"{SHOP}/recommendations", json={"skus": ["A"]}, headers=h).json()["recommendations"],
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_the_image_urls_of_a_list_work_without_a_key_and_can_be_kept_by_caches(
    client, storefront, name
):
    rows = LISTS[name](client, storefront[1])
    assert {row["sku"] for row in rows} >= {"B/1", "C"}
    for row in rows:
        answer = client.get(row["image_url"])
        assert answer.status_code == 200, answer.text
        assert answer.content == picture(row["sku"])
        version = parse_qs(urlsplit(row["image_url"]).query)["version"][0]
        assert hashlib.sha256(answer.content).hexdigest().startswith(version)
        assert answer.headers["cache-control"] == "public, max-age=172800, immutable"


@pytest.fixture(scope="module")
def duplicates(client, keys):
    """The members of the only group of duplicates; one of them had an image that was deleted."""
    services = client.app.state.services
    views = {"A": "deleted", "B/1": "back", "C": "back"}
    members = tuple(GroupMember(sku=sku, view=view, score=0.9) for sku, view in views.items())
    group = DuplicateGroup(kind=DuplicateKind.SAME_PRODUCT, members=members)
    document = Duplicates(found_at=datetime.now(UTC), groups=(group,))
    services.duplicates(services.collections.get("shop")).write(document, b"")
    headers = bearer(keys.create("catalogue", Role.READ)[1])
    (row,) = client.get(f"{SHOP}/duplicates", headers=headers).json()["items"]
    return row["members"]


def test_an_image_that_was_deleted_is_no_duplicate_any_more(duplicates):
    assert [member["sku"] for member in duplicates] == ["B/1", "C"]


def test_the_image_urls_of_duplicates_can_be_kept_by_caches(client, duplicates):
    for member in duplicates:
        answer = client.get(member["image_url"])
        assert answer.content == picture(member["sku"], "back")
        assert answer.headers["cache-control"] == "public, max-age=172800, immutable"


@pytest.fixture(scope="module")
def url(client, storefront):
    """The signed URL of the main image of item B/1."""
    rows = LISTS["similar"](client, storefront[1])
    return next(row["image_url"] for row in rows if row["sku"] == "B/1")


def test_a_thumbnail_has_one_of_the_public_sizes(client, url):
    for size, status in ((160, 200), (1280, 200), (161, 422)):
        answer = client.get(f"{url}&size={size}")
        assert answer.status_code == status, answer.text
    assert "80, 160, 320, 640, 1280" in answer.json()["detail"]


ALTERED = {
    "another item": lambda url: url.replace("B%2F1", "A"),
    "another view": lambda url: url.replace("view=main", "view=back"),
    "no view": lambda url: url.replace("view=main&", ""),
    "another signature": lambda url: url.replace("signature=", "signature=0"),
    "an empty signature": lambda url: url.partition("signature=")[0] + "signature=",
    "a later time": lambda url: url.replace("expires=1", "expires=2"),
    "no time": lambda url: url.replace("expires=", "size="),
    "another collection": lambda url: url.replace("/shop/", "/other/"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_url_is_refused(client, url, name):
    answer = client.get(ALTERED[name](url))
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "the signature does not belong to this image" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "similar"), ("GET", ""), ("DELETE", "image"), ("PUT", ""), ("DELETE", "")],
)
def test_a_signature_opens_nothing_but_its_image(client, url, method, path):
    other = url.replace("/image?", f"/{path}?" if path else "?")
    assert client.request(method, other).status_code == 401


def test_an_expired_url_is_refused(client, url, monkeypatch):
    now = time.time() + 2 * 86_400
    monkeypatch.setattr(image_signatures.time, "time", lambda: now)
    answer = client.get(url)
    assert (answer.status_code, "has expired" in answer.json()["detail"]) == (403, True)


def test_a_url_of_an_older_image_shows_the_present_one_for_a_short_time(client, url):
    signatures = image_signatures.ImageSignatures(
        (client.app.state.services.settings.data / "store/secrets/image-urls").read_bytes()
    )
    for version in ("0" * 16, ""):
        query = signatures.query("shop", "A", None, version)
        answer = client.get(f"{SHOP}/items/A/image?{query}")
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.content == picture("A")
    hidden = signatures.query("shop", "H", None, "")
    assert client.get(f"{SHOP}/items/H/image?{hidden}").status_code == 404


def test_a_storefront_key_sees_no_hidden_items(client, storefront):
    _, headers = storefront
    assert client.get(f"{SHOP}/items/H/similar", headers=headers).status_code == 404
    for name in ("similar", "new", "popular"):
        assert "H" not in {row["sku"] for row in LISTS[name](client, headers)}


def token_of(client, key_id, user, seconds=600):
    secret = client.app.state.services.user_tokens.secret_of(key_id)
    expires = int(time.time()) + seconds
    signature = hmac.new(secret.encode(), f"{user}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return {"User-Token": f"{expires}.{signature}"}


def test_a_customers_recommendations_need_a_token_for_this_customer(client, storefront):
    id, headers = storefront
    tokens = {
        "none": {}, "ann's": token_of(client, id, "ann"), "bob's": token_of(client, id, "bob"),
        "expired": token_of(client, id, "ann", -1),
    }  # fmt: skip
    expected = {"none": 403, "ann's": 200, "bob's": 403, "expired": 403}
    body = {"skus": ["A"], "user": "ann"}
    for name, token in tokens.items():
        sent = headers | token
        lists = client.get(f"{SHOP}/users/ann/recommendations", headers=sent)
        basket = client.post(f"{SHOP}/recommendations", json=body, headers=sent)
        assert (lists.status_code, basket.status_code) == (expected[name],) * 2, name
    nobody = client.post(f"{SHOP}/recommendations", json={"skus": ["A"]}, headers=headers)
    assert nobody.status_code == 200


def test_pages_of_a_keys_origins_may_use_it_and_no_others(client, keys, storefront):
    _, headers = storefront
    other, evil = "https://other.example", "https://evil.example"
    _, text = keys.create("other page", Role.SEARCH, ("shop",), (other,))
    path = f"{SHOP}/items/A/similar"
    answer = client.get(path, headers=headers)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    refused = client.get(path, headers=headers | {"Origin": evil})
    assert "access-control-allow-origin" not in refused.headers
    basket = f"{SHOP}/recommendations"
    foreign = headers | {"Origin": evil}
    assert client.post(basket, json={"skus": ["A"]}, headers=foreign).status_code == 403
    preflight = {"Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type,user-token"}  # fmt: skip
    assert client.options(basket, headers={"Origin": ORIGIN, **preflight}).status_code == 200
    assert client.options(basket, headers={"Origin": evil, **preflight}).status_code == 400
    swapped = bearer(text) | {"Origin": ORIGIN}
    assert client.get(path, headers=swapped).status_code == 403


def test_a_new_secret_counts_without_a_restart(client, storefront, url, monkeypatch):
    monkeypatch.setattr(signed_images, "_TTL_S", 0)
    services = client.app.state.services
    with TestClient(create_app(services.settings)) as other:
        assert other.get(url).status_code == 200
        StoreSecret(services.files, "image-urls").replace()
        assert other.get(url).status_code == 403
        rows = LISTS["similar"](other, storefront[1])
        assert {other.get(row["image_url"]).status_code for row in rows} == {200}


def test_without_keys_image_urls_are_not_signed(tmp_path):
    with TestClient(create_app(Settings(data=tmp_path)), base_url="http://localhost") as client:
        services = client.app.state.services
        assert open_backend(services.settings.store).find("secrets/image-urls") is None
        services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        shop = services.collections.get("shop")
        services.items(shop).put_all([item_with_pictures(services.items(shop), "A")])
        urls = [image["url"] for image in client.get(f"{SHOP}/items/A").json()["images"]]
        assert urls == [f"{SHOP}/items/A/image?view={view}" for view in VIEWS]
        assert client.get(urls[0]).headers["cache-control"] == "no-cache"
