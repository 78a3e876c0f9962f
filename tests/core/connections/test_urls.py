import ssl
from pathlib import Path

import pytest
from kombu.utils.url import parse_url
from pydantic import ValidationError
from redis.connection import parse_url as redis_parts

from core.connections.urls import Watched, password_in, redis_url, watched
from core.settings import S3Settings, Settings, faults_of
from core.storage.backends.s3_client import BucketUrl

CA = Path("/etc/ca file.pem")
HARD = "p@ss/w:rd&%20 é"


@pytest.mark.parametrize("password", ["simple", HARD, None])
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_both_clients_read_the_same_from_it(scheme, password):
    url = redis_url(f"{scheme}://db.example:7000/3", password=password, ca=CA)
    ours, theirs = redis_parts(url), parse_url(url)
    assert (ours["host"], ours["port"], ours["db"]) == ("db.example", 7000, 3)
    assert ours.get("password") == theirs["password"] == password
    assert theirs["virtual_host"] == "3"
    if scheme == "rediss":
        assert ours["ssl_ca_certs"] == theirs["ssl"]["ssl_ca_certs"] == str(CA)
        assert ours["ssl_cert_reqs"] == "required"
        assert theirs["ssl"]["ssl_cert_reqs"] == ssl.CERT_REQUIRED
        assert ours["ssl_check_hostname"] is theirs["ssl"]["ssl_check_hostname"] is True


def test_a_user_is_kept_and_what_the_url_says_itself_counts():
    assert redis_url("redis://ann@db/0", password="x", ca=None) == "redis://ann:x@db/0"
    assert redis_url("redis://:own@db/0", password="x", ca=None) == "redis://:own@db/0"
    url = redis_url("rediss://db/0?ssl_cert_reqs=none", password=None, ca=None)
    assert redis_parts(url)["ssl_cert_reqs"] == "none"


@pytest.mark.parametrize("password", ["simple", HARD, None])
def test_celery_finds_the_same_sentinels_as_we_do(password):
    place = watched(redis_url("sentinel://a:1,b/shop/2", password=password, ca=CA))
    assert place == Watched((("a", 1), ("b", 26379)), "shop", 2, None, password)
    theirs = [parse_url(one) for one in place.broker.split(";")]
    assert [(one["hostname"], one["port"]) for one in theirs] == [("a", 1), ("b", 26379)]
    assert [(one["password"], one["virtual_host"]) for one in theirs] == [(password, "2")] * 2


@pytest.mark.parametrize("url", ["sentinel://a:1", "sentinel://a:x/shop", "sentinel://a/shop/x"])
def test_a_url_of_sentinels_that_cannot_be_read_is_told_at_the_start(url):
    with pytest.raises(ValidationError) as raised:
        Settings(redis_url=url)
    assert "LOOKALIKE_REDIS_URL" in faults_of(raised.value)[0]


@pytest.mark.parametrize("secret", ["simple", HARD, "a/b+c=?#"])
def test_the_url_of_a_bucket_has_all_that_is_needed_to_reach_it(secret):
    s3 = S3Settings(endpoint="https://objects.example", key="k/1", secret=secret, region="eu")
    settings = Settings(store_url="s3://shop/a b/", s3=s3, tls_ca=__file__)
    assert BucketUrl.parse(settings.store) == BucketUrl(
        "shop", "a b/", "k/1", secret, "https://objects.example/", "eu", __file__
    )
    assert secret in settings.secrets
    assert not [one for one in (settings, BucketUrl.parse(settings.store)) if secret in repr(one)]


def test_what_the_url_of_a_store_says_itself_counts():
    s3 = S3Settings(endpoint="https://objects.example", key="k", secret="s")
    url = "s3://own:x@shop?endpoint=http://near:9000"
    parts = BucketUrl.parse(Settings(store_url=url, s3=s3).store)
    assert (parts.key, parts.secret, parts.endpoint) == ("own", "x", "http://near:9000")
    assert Settings(store_url="file:///srv/a%20b", s3=s3).store == "file:///srv/a%20b"


def test_settings_know_what_is_to_be_kept_out_of_logs():
    settings = Settings(
        redis_url="redis://:a%40b@db/0",
        cache_password="c",
        milvus_token="root:d",
        milvus_url="http://m",
    )
    assert settings.secrets == {"a%40b", "a@b", "c", "root:d"}
    assert password_in("redis://db/0") == set()
    assert not [one for one in ("'c'", "root:d") if one in repr(settings)]


@pytest.mark.parametrize(
    ("name", "value"), [("REDIS_PASSWORD", ["s3cret"]), ("PORTS", "redis://:s3cret@x/0")]
)
def test_a_complaint_about_settings_tells_no_secret(name, value):
    with pytest.raises(ValueError, match="validation error") as wrong:
        Settings(**{name.lower(): value})
    complaint = " ".join(faults_of(wrong.value))
    assert name in complaint
    assert "s3cret" not in complaint
