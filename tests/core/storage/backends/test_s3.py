"""What is of a bucket alone: how its server's faults are told, and how little it is asked."""

import json
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from core.errors import InvalidInput, Unavailable
from core.settings import S3Settings, Settings
from core.storage import Audit, Files, Items
from embedded.stack import Stack
from tests.support.s3_proxy import between
from tests.support.servers import BUCKET, bucket_url, free_port, s3_client, s3_server
from tests.support.tls import certificate, tunnel

pytestmark = pytest.mark.stack

SECRET = "s3cret/+ü"


@pytest.fixture(scope="module")
def endpoint():
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def store_url(endpoint, request):
    return bucket_url(endpoint, request.node.name)


def settings_of(endpoint, **more):
    s3 = S3Settings(endpoint=endpoint, key="k", secret=SECRET, region="eu-south-1")
    return Settings(store_url=f"s3://{BUCKET}/shop/a", s3=s3, **more)


def refusal(url):
    with pytest.raises(Unavailable) as refused:
        Files(url).check()
    return refused.value.detail


def test_settings_name_the_bucket_its_server_and_who_asks(endpoint):
    with between(endpoint) as (near, asked):
        Files(settings_of(near).store).write("x/ü", b"here")
    assert asked == [f"PUT /{BUCKET}/shop/a/x/%C3%BC"]
    found = s3_client(endpoint).get_object(Bucket=BUCKET, Key="shop/a/x/ü")
    assert found["Body"].read() == b"here"


def test_a_server_that_is_away_is_told_soon_by_name_and_without_the_secret():
    settings, began = settings_of(f"http://127.0.0.1:{free_port()}"), time.monotonic()
    told = refusal(settings.store)
    assert time.monotonic() - began < 8
    assert told.startswith(f"s3://{BUCKET}/shop/a/ at {settings.s3.endpoint} does not answer")
    assert SECRET[:6] not in told


def test_a_bucket_that_is_not_there_is_told_and_not_taken_for_an_empty_one(endpoint):
    url = bucket_url(endpoint, "x", bucket="nobodys")
    assert "there is no bucket of this name; make it" in refusal(url)
    files = Files(url)
    for ask in (
        lambda: files.find("a"),
        lambda: files.read("a"),
        lambda: files.names("a"),
        lambda: list(files.find_all(["a", "b"])),
        lambda: files.create("a", b"x"),
        lambda: files.write("a", b""),
        lambda: files.delete_tree("a"),
    ):
        with pytest.raises(Unavailable, match="no bucket"):
            ask()


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///shop", "s3://a b/x", "gs://shop/x", "http://shop/x"]
)
def test_a_url_that_names_no_bucket_and_no_folder_is_refused(url):
    with pytest.raises(InvalidInput, match="LOOKALIKE_STORE_URL"):
        Files(url)


def test_nothing_is_started_on_a_bucket_that_is_not_there(endpoint, tmp_path):
    settings = Settings(data=tmp_path, store_url=bucket_url(endpoint, "x", bucket="nobodys"))
    with pytest.raises(Unavailable, match="no bucket"):
        Stack(settings, only=("redis",)).__enter__()
    assert not (tmp_path / "run" / "supervisord.pid").exists()


def test_a_key_that_is_refused_is_told_with_what_to_mend(monkeypatch):
    monkeypatch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "1")  # only the bucket is made unasked
    with s3_server() as guarded:
        told = refusal(settings_of(guarded).store)
    assert "refuses the key (InvalidAccessKeyId); mend LOOKALIKE_S3__KEY" in told
    assert SECRET[:6] not in told


def test_without_any_key_it_is_told_which_to_set(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "no key is set; mend LOOKALIKE_S3__KEY" in refusal(
        "s3://shop?endpoint=http://127.0.0.1:9"
    )


def test_what_the_settings_leave_open_is_taken_from_the_environment_of_aws(
    endpoint,
    monkeypatch,
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    files = Files(Settings(store_url=f"s3://{BUCKET}/env").store)
    files.check()
    files.write("a", b"x")
    assert files.read("a") == b"x"


def test_a_server_that_ignores_conditions_is_refused(endpoint):
    with between(endpoint, forgets=["if-none-match"]) as (near, _):
        assert "ignores conditional writes" in refusal(bucket_url(near, "careless"))
    Files(bucket_url(endpoint, "careless")).check()


def test_who_has_made_a_file_is_told_so_also_where_the_answer_got_lost(endpoint, store_url):
    with between(endpoint, loses=1) as (near, asked):
        files = Files(bucket_url(near, urlsplit(store_url).path[1:]))
        assert files.create("a", b"mine") is True
    assert [one.split()[0] for one in asked] == ["PUT", "PUT", "GET"]
    assert Files(store_url).create("a", b"another's") is False


def test_a_day_of_the_audit_that_was_copied_from_a_folder_is_read_before_what_came_since(
    store_url, tmp_path
):
    for url in (tmp_path.as_uri(), store_url):
        Audit(Files(url)).add(where=url)
    (day,) = (tmp_path / "audit").iterdir()
    files = Files(store_url)
    files.write(f"audit/{day.name}", day.read_bytes())
    (found,) = Audit(files).days()
    told = [json.loads(line)["where"] for line in Audit(files).lines(found)]
    assert told == [tmp_path.as_uri(), store_url]


def test_a_certificate_is_checked_against_who_is_named(endpoint, tmp_path):
    cert, key = certificate(tmp_path)
    with tunnel(urlsplit(endpoint).port, cert, key) as port:
        secure = f"https://127.0.0.1:{port}"
        Files(settings_of(secure, tls_ca=cert).store).check()
        assert "does not answer" in refusal(settings_of(secure).store)


def test_a_server_that_comes_back_is_used_again():
    port = free_port()
    with s3_server(port=port) as server:
        files = Files(bucket_url(server, "x"))
        files.write("a", b"")
    with pytest.raises(Unavailable):
        files.read("a")
    with s3_server(port=port):
        files.write("a", b"again")
        assert files.read("a") == b"again"


def test_a_large_writing_that_breaks_off_leaves_no_parts(endpoint, store_url):
    with suppress(ZeroDivisionError), Files(store_url).writing("a") as file:
        file.write(bytes(20 * 1024 * 1024))
        raise ZeroDivisionError
    assert "Uploads" not in s3_client(endpoint).list_multipart_uploads(Bucket=BUCKET)


def test_a_folder_is_listed_without_what_is_below_and_a_page_of_items_without_the_rest(
    endpoint,
    store_url,
):
    files = Files(store_url)
    files.write_all((f"c/items/{n % 256:02x}/{n % 256:02x}{n:030x}.json", b"") for n in range(3000))
    with between(endpoint) as (near, asked):
        close = Files(bucket_url(near, urlsplit(store_url).path[1:]))
        assert len(close.names("c/items")) == 256
        assert len(asked) == 1
        first = next(Items(close, "c").keys())
        assert len(asked) == 2
        rest = Items(close, "c").keys(after=first)
        next(rest)
        assert len(asked) == 3
        close.find("c/items/none")
        assert len(asked) == 4
