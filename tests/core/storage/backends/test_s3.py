"""What is specific to S3: its errors, and how few requests are made."""

import json
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from core.errors import InvalidInput, Unavailable
from core.settings import S3Settings, Settings
from core.storage import Audit, Items, open_backend
from embedded.stack import Stack
from tests.support.external.s3_proxy import s3_proxy
from tests.support.external.tls import certificate, tunnel
from tests.support.servers import BUCKET, bucket_url, free_port, s3_client, s3_server

pytestmark = pytest.mark.stack

SECRET = "s3cret/+ü"


@pytest.fixture(scope="module")
def endpoint():
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def store_url(endpoint, request):
    return bucket_url(endpoint, request.node.name)


def make_settings(endpoint, **options):
    s3 = S3Settings(endpoint=endpoint, key="k", secret=SECRET, region="eu-south-1")
    return Settings(store_url=f"s3://{BUCKET}/shop/a", s3=s3, **options)


def check_error(url):
    with pytest.raises(Unavailable) as error:
        open_backend(url).check()
    return error.value.detail


def through(proxy, store_url):
    """The same store, by way of a proxy."""
    return open_backend(bucket_url(proxy, urlsplit(store_url).path[1:]))


def test_settings_name_the_bucket_the_server_and_the_key(endpoint):
    with s3_proxy(endpoint) as (proxy, requests):
        open_backend(make_settings(proxy).store).write("x/ü", b"content")
    assert requests == [f"PUT /{BUCKET}/shop/a/x/%C3%BC"]
    response = s3_client(endpoint).get_object(Bucket=BUCKET, Key="shop/a/x/ü")
    assert response["Body"].read() == b"content"


def test_an_unreachable_server_is_reported_soon_by_name_and_without_the_secret():
    settings, started_at = make_settings(f"http://127.0.0.1:{free_port()}"), time.monotonic()
    error = check_error(settings.store)
    assert time.monotonic() - started_at < 8
    assert error.startswith(f"s3://{BUCKET}/shop/a at {settings.s3.endpoint} is unreachable")
    assert "Connection refused" in error
    assert SECRET[:6] not in error


def test_a_missing_bucket_is_an_error_and_not_an_empty_store(endpoint):
    url = bucket_url(endpoint, "x", bucket="missing")
    assert "does not exist; create the bucket" in check_error(url)
    files = open_backend(url)
    for call in (
        lambda: files.find("a"),
        lambda: files.read("a"),
        lambda: files.list_names("a"),
        lambda: list(files.find_all(["a", "b"])),
        lambda: files.create("a", b"x"),
        lambda: files.write("a", b""),
        lambda: files.delete_tree("a"),
    ):
        with pytest.raises(Unavailable, match="create the bucket"):
            call()


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///shop", "s3://a b/x", "gs://shop/x", "http://shop/x"]
)
def test_a_url_that_names_neither_a_bucket_nor_a_folder_is_rejected(url):
    with pytest.raises(InvalidInput, match="LOOKALIKE_STORE_URL"):
        open_backend(url)


def test_nothing_is_started_if_the_bucket_is_missing(endpoint, tmp_path):
    url = bucket_url(endpoint, "x", bucket="missing")
    settings = Settings(data=tmp_path, store_url=url)
    with pytest.raises(Unavailable, match="create the bucket"):
        Stack(settings, only=("redis",)).__enter__()
    assert not (tmp_path / "run" / "supervisord.pid").exists()


def test_a_rejected_key_is_reported_with_the_settings_to_check(monkeypatch):
    monkeypatch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "1")  # only to create the bucket
    with s3_server() as guarded:
        error = check_error(make_settings(guarded).store)
    assert "rejects the access key (InvalidAccessKeyId); check LOOKALIKE_S3__KEY" in error
    assert SECRET[:6] not in error


def test_a_missing_key_is_reported_with_the_settings_to_check(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    error = check_error("s3://shop?endpoint=http://127.0.0.1:9")
    assert "needs an access key; check LOOKALIKE_S3__KEY" in error


def test_other_settings_are_read_from_the_environment_variables_of_aws(endpoint, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    files = open_backend(Settings(store_url=f"s3://{BUCKET}/env").store)
    files.check()
    files.write("a", b"x")
    assert files.read("a") == b"x"


def test_a_server_that_ignores_conditional_writes_is_rejected(endpoint):
    with s3_proxy(endpoint, drop_headers=["if-none-match"]) as (proxy, _):
        assert "ignores conditional writes" in check_error(bucket_url(proxy, "careless"))
    open_backend(bucket_url(endpoint, "careless")).check()


def test_a_created_file_is_recognised_after_the_response_was_lost(endpoint, store_url):
    with s3_proxy(endpoint, lose_responses=1) as (proxy, requests):
        assert through(proxy, store_url).create("a", b"mine") is True
    assert [request.split()[0] for request in requests] == ["PUT", "PUT", "GET"]
    assert open_backend(store_url).create("a", b"another's") is False


def test_an_audit_log_copied_from_a_folder_is_read_before_newer_lines(store_url, tmp_path):
    for url in (tmp_path.as_uri(), store_url):
        Audit(open_backend(url)).add(where=url)
    (file,) = (tmp_path / "audit").iterdir()
    files = open_backend(store_url)
    files.write(f"audit/{file.name}", file.read_bytes())
    (day,) = Audit(files).days()
    urls = [json.loads(line)["where"] for line in Audit(files).lines(day)]
    assert urls == [tmp_path.as_uri(), store_url]


def test_the_certificate_of_the_server_is_verified(endpoint, tmp_path):
    cert, key = certificate(tmp_path)
    with tunnel(urlsplit(endpoint).port, cert, key) as port:
        url = f"https://127.0.0.1:{port}"
        open_backend(make_settings(url, tls_ca=cert).store).check()
        assert "is unreachable (UnknownIssuer)" in check_error(make_settings(url).store)


def test_a_missing_ca_file_is_reported(tmp_path):
    with pytest.raises(InvalidInput, match=r"LOOKALIKE_TLS_CA.*missing\.pem"):
        open_backend(f"s3://shop?ca={tmp_path}/missing.pem")


def test_a_server_that_comes_back_is_used_again():
    port = free_port()
    with s3_server(port=port) as server:
        files = open_backend(bucket_url(server, "x"))
        files.write("a", b"")
    with pytest.raises(Unavailable):
        files.read("a")
    with s3_server(port=port):
        files.write("a", b"again")
        assert files.read("a") == b"again"


def test_a_failed_large_write_leaves_no_parts(endpoint, store_url):
    with suppress(ZeroDivisionError), open_backend(store_url).open_write("a") as file:
        file.write(bytes(20 * 1024 * 1024))
        raise ZeroDivisionError
    assert "Uploads" not in s3_client(endpoint).list_multipart_uploads(Bucket=BUCKET)


def test_listing_a_folder_or_a_page_of_items_takes_one_request(endpoint, store_url):
    files = open_backend(store_url)
    files.write_all((f"c/items/{n % 256:02x}/{n % 256:02x}{n:030x}.json", b"") for n in range(1100))
    with s3_proxy(endpoint) as (proxy, requests):
        files = through(proxy, store_url)
        assert len(files.list_names("c/items")) == 256
        assert len(requests) == 1
        first = next(Items(files, "c").keys())
        assert len(requests) == 2
        next(Items(files, "c").keys(after=first))
        assert len(requests) == 3
        files.find("c/items/missing")
        assert len(requests) == 4
