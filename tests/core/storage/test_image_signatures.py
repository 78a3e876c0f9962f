"""Signed URLs of images, checked by hand-made signatures."""

import hashlib
import hmac
from urllib.parse import parse_qs, parse_qsl

import pytest

from core.errors import Forbidden
from core.storage import ImageSignatures, StoreSecret, image_signatures, open_backend

SECRET, HASH = bytes(range(32)), "0123456789abcdef" * 4
DAY = 86_400
NOW = 20_000 * DAY


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = NOW

    monkeypatch.setattr(image_signatures.time, "time", lambda: Clock.now)
    return Clock


def query(**change):
    arguments = {"collection": "shop", "sku": "A/1", "view": "front", "version": HASH} | change
    return ImageSignatures(SECRET).query(**arguments)


def check(text, sku="A/1", secret=SECRET):
    ImageSignatures(secret).check("shop", sku, dict(parse_qsl(text)))


def test_a_query_has_the_hmac_of_all_that_it_names(clock):
    fields = {name: value for name, (value,) in parse_qs(query()).items()}
    assert (fields["view"], fields["version"]) == ("front", HASH[:16])
    message = f"shop\nA/1\n{HASH[:16]}\n{fields['expires']}\nfront".encode()
    expected = hmac.new(SECRET, message, hashlib.sha256).hexdigest()[:32]
    assert fields["signature"] == expected
    check(query())


@pytest.mark.parametrize(("days", "longest"), [(1, 2), (90, 91)])
def test_a_query_stays_the_same_for_a_day_and_expires_after_the_days_asked_for(
    clock, days, longest
):
    texts = []
    for hour in range(49):
        clock.now = NOW + hour * 3600
        texts.append(query(days=days))
        expires = int(parse_qs(texts[-1])["expires"][0])
        assert days * DAY < expires - clock.now <= longest * DAY
    assert sorted(map(texts.count, set(texts)))[-1] == 24


def test_the_urls_of_items_change_at_different_times(clock):
    expiries = {parse_qs(query(sku=str(n)))["expires"][0] for n in range(100)}
    assert len(expiries) > 90


def test_an_expired_query_is_refused(clock):
    text = query()
    clock.now = int(parse_qs(text)["expires"][0])
    with pytest.raises(Forbidden, match=r"has expired; .* request the list again"):
        check(text)


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: text.replace("view=front", "view=back"),
        lambda text: text.replace("view=front&", ""),
        lambda text: text.replace("version=0", "version=1"),
        lambda text: text.replace("expires=1", "expires=9"),
        lambda text: text.replace("expires=", "expires=x"),
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text[:-1],
        lambda text: text.rpartition("=")[0] + "=\u00fc",
    ],
)
def test_a_query_that_was_changed_is_refused(clock, forge):
    text = query()
    assert forge(text) != text
    with pytest.raises(Forbidden, match="the signature does not belong to this image"):
        check(forge(text))


def test_a_query_is_only_for_its_item_and_store(clock):
    for other in ({"sku": "A/2"}, {"secret": bytes(32)}):
        with pytest.raises(Forbidden, match="does not belong"):
            check(query(), **other)


def test_a_secret_is_created_once_for_this_user_only_and_can_be_replaced(tmp_path):
    files = open_backend(tmp_path.as_uri())
    secret = StoreSecret(files, "image-urls")
    first = secret.read()
    assert first == StoreSecret(files, "image-urls").read()
    assert (tmp_path / "secrets" / "image-urls").stat().st_mode & 0o777 == 0o600
    secret.replace()
    assert secret.read() != first
    assert (tmp_path / "secrets" / "image-urls").stat().st_mode & 0o777 == 0o600
