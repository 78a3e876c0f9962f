import re
import ssl
from pathlib import Path

import pytest
from kombu.utils.url import parse_url
from pydantic import ValidationError
from redis.connection import parse_url as redis_parts

from core.connections.urls import (
    SentinelUrl,
    celery_broker_url,
    is_same_redis,
    parse_sentinel_url,
    password_in,
    redis_url,
)
from core.settings import S3Settings, Settings, describe_errors
from core.storage.backends.s3_client import BucketUrl

CA = Path("/etc/ca file.pem")
HARD = "p@ss/w:rd&%20 é"


@pytest.mark.parametrize("password", ["simple", HARD, None])
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_redis_py_and_celery_parse_the_url_alike(scheme, password):
    url = redis_url(f"{scheme}://db.example:7000/3", password=password, ca=CA)
    redis_py, celery = redis_parts(url), parse_url(url)
    assert (redis_py["host"], redis_py["port"], redis_py["db"]) == ("db.example", 7000, 3)
    assert redis_py.get("password") == celery["password"] == password
    assert celery["virtual_host"] == "3"
    if scheme == "rediss":
        assert redis_py["ssl_ca_certs"] == celery["ssl"]["ssl_ca_certs"] == str(CA)
        assert redis_py["ssl_cert_reqs"] == "required"
        assert celery["ssl"]["ssl_cert_reqs"] == ssl.CERT_REQUIRED
        assert redis_py["ssl_check_hostname"] is celery["ssl"]["ssl_check_hostname"] is True


def test_values_in_the_redis_url_take_precedence():
    assert redis_url("redis://ann@db/0", password="x", ca=None) == "redis://ann:x@db/0"
    assert redis_url("redis://:own@db/0", password="x", ca=None) == "redis://:own@db/0"
    url = redis_url("rediss://db/0?ssl_cert_reqs=none", password=None, ca=None)
    assert redis_parts(url)["ssl_cert_reqs"] == "none"


@pytest.mark.parametrize("password", ["simple", HARD, None])
def test_celery_gets_the_same_sentinels_as_we_do(password):
    url = redis_url("sentinel://a:1,b/shop/2", password=password, ca=CA)
    parts = SentinelUrl((("a", 1), ("b", 26379)), "shop", 2, None, password)
    assert parse_sentinel_url(url) == parts
    broker_url, options = celery_broker_url(url)
    assert options == {"master_name": "shop"}
    brokers = [parse_url(url) for url in broker_url.split(";")]
    assert [(url["hostname"], url["port"]) for url in brokers] == [("a", 1), ("b", 26379)]
    assert [(url["password"], url["virtual_host"]) for url in brokers] == [(password, "2")] * 2


def fault_without_password(setting, url):
    with pytest.raises(ValidationError) as raised:
        Settings(**{setting: url})
    (message,) = describe_errors(raised.value)
    assert message.startswith(f"LOOKALIKE_{setting.upper()}=")
    assert not {"s3", "cret", "s3cret"} & set(re.split(r"\W", message))
    return message


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://a:1",
        "sentinel://a:x/shop",
        "sentinel://a/shop/x",
        "sentinel://:s3/cret@a/shop",
        "127.0.0.1:6379",
        "http://a:6379/0",
        "redis://a:port/0",
        "redis://a/first",
        "redis:///0",
        "redis://:s3#cret@a:6379/0",
        "redis://:s3/cret@a:6379/0",
        "unix:redis.sock",
        ":s3cret@a:6379",
        "redis://ann:12?s3cret@a:6379/0",
        "redis://ann:12/s3cret@a:6379/0",
        "redis://:s3cret",
        "redis://a/first?password=s3cret",
        "redis://a b:6379/0",
        "redis://a?db=first",
        "redis://a:0/0",
        "unix://run/redis.sock",
        "sentinel:///shop",
        "sentinel://a:99999/shop",
    ],
)
def test_a_malformed_redis_url_is_a_settings_error_without_its_password(url):
    assert "percent-encode" in fault_without_password("redis_url", url)


@pytest.mark.parametrize(
    "url",
    [
        "vectors:19530",
        "http://vectors:port",
        "ftp://vectors",
        "http://:s3#cret@vectors",
        "milvus.db",
    ],
)
def test_a_malformed_milvus_url_is_a_settings_error_without_its_password(url):
    assert "use http://" in fault_without_password("milvus_url", url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://a",
        "rediss://ann:%23%2F@[::1]:7/3",
        "redis://a?db=2",
        "redis://a:6379/0/",
        "unix:///run/redis.sock?db=1",
        "sentinel://a,b:2/shop",
    ],
)
def test_every_form_of_a_redis_url_is_accepted(url):
    assert Settings(redis_url=url).redis_url == url


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("redis://a", "redis://:secret@A:6379/0", True),
        ("redis://a/1", "rediss://a:6379?db=1", True),
        ("redis://a/1", "redis://a/2", True),
        ("redis://a:6379", "redis://a:6380", False),
        ("redis://a", "redis://b", False),
        ("unix:///run/redis", "unix:///run/redis?db=0", True),
        ("unix:///run/redis", "unix:///run/cache", False),
        ("sentinel://a,b/shop", "sentinel://b:26379,a/shop/0", True),
        ("sentinel://a,b/shop", "sentinel://a,b/cache", False),
    ],
)
def test_urls_of_the_same_redis_server_are_recognised(first, second, same):
    assert is_same_redis(first, second) is same


@pytest.mark.parametrize("secret", ["simple", HARD, "a/b+c=?#"])
def test_a_bucket_url_is_completed_with_credentials_endpoint_and_ca(secret):
    s3 = S3Settings(endpoint="https://objects.example", key="k/1", secret=secret, region="eu")
    settings = Settings(store_url="s3://shop/a b/", s3=s3, tls_ca=__file__)
    config = {
        "access_key_id": "k/1",
        "secret_access_key": secret,
        "endpoint": "https://objects.example/",
        "region": "eu",
    }
    assert BucketUrl.parse(settings.store) == BucketUrl("shop", "a b", __file__, config)
    assert secret in settings.secrets
    assert secret not in repr(settings)
    assert secret not in repr(BucketUrl.parse(settings.store))


def test_values_in_the_store_url_take_precedence():
    s3 = S3Settings(endpoint="https://objects.example", key="k", secret="s")
    url = "s3://own:x@shop?endpoint=http://near:9000"
    assert BucketUrl.parse(Settings(store_url=url, s3=s3).store).config == {
        "access_key_id": "own",
        "secret_access_key": "x",
        "endpoint": "http://near:9000",
    }
    assert Settings(store_url="file:///srv/a%20b", s3=s3).store == "file:///srv/a%20b"


def test_settings_know_their_secrets():
    settings = Settings(
        redis_url="redis://:a%40b@db/0",
        cache_password="c",
        milvus_token="root:d",
        milvus_url="http://m",
    )
    assert settings.secrets == {"a%40b", "a@b", "c", "root:d"}
    assert password_in("redis://db/0") == set()
    assert "'c'" not in repr(settings)
    assert "root:d" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("REDIS_PASSWORD", ["s3cret"]), ("PORTS", "redis://:s3cret@x/0")]
)
def test_an_error_about_settings_contains_no_secret(name, value):
    with pytest.raises(ValueError, match="validation error") as wrong:
        Settings(**{name.lower(): value})
    message = " ".join(describe_errors(wrong.value))
    assert name in message
    assert "s3cret" not in message
