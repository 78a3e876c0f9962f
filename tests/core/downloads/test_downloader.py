"""Images are downloaded with conditions, retries, and limits per host."""

import threading
import time

import pytest

from core.downloads import Validators
from core.downloads.errors import DownloadFailed
from core.downloads.images import _retry_after


def test_an_image_is_downloaded_with_its_validators(server, download):
    server.images["/a"] = b"image"
    result = download(server.url("/a"))
    assert (result.data, bool(result.validators.etag)) == (b"image", True)


def test_a_redirect_is_followed_also_to_a_relative_url(server, download):
    server.images["/pictures/a.jpg"] = b"image"
    server.answers["/a"] = lambda request: request.send(301, Location="pictures/a.jpg")
    assert download(server.url("/a")).data == b"image"


def test_an_unchanged_image_is_not_sent_again(server, download):
    server.images["/a"] = b"image"
    first = download(server.url("/a"))
    again = download(server.url("/a"), first.validators)
    assert (again.data, again.validators) == (None, first.validators)
    server.images["/a"] = b"another image"
    assert download(server.url("/a"), first.validators).data == b"another image"


def test_the_date_of_the_last_change_is_sent_back(server, download):
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    server.answers["/a"] = lambda request: request.send(304)
    assert download(server.url("/a"), Validators(last_modified=date)).data is None
    assert server.headers[0]["If-Modified-Since"] == date


def test_a_304_that_nobody_asked_for_is_a_failure(server, download):
    server.answers["/a"] = lambda request: request.send(304)
    with pytest.raises(DownloadFailed, match="status 304"):
        download(server.url("/a"))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_overloaded_server_is_asked_again(server, download, status):
    def fail_twice(request):
        request.send(status if server.requests["/a"] < 3 else 200, b"image")

    server.answers["/a"] = fail_twice
    assert download(server.url("/a")).data == b"image"
    assert server.requests["/a"] == 3


def test_a_broken_connection_is_tried_again(server, download):
    def break_once(request):
        if server.requests["/a"] == 1:
            request.send(200, b"im", Content_Length=5)
            request.close_connection = True
        else:
            request.send(200, b"image")

    server.answers["/a"] = break_once
    assert download(server.url("/a")).data == b"image"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_image_that_does_not_exist_is_requested_only_once(server, download, status):
    server.answers["/a"] = lambda request: request.send(status)
    with pytest.raises(DownloadFailed, match=f"status {status}"):
        download(server.url("/a"))
    assert server.requests["/a"] == 1


def test_after_all_attempts_the_last_reason_is_told(server, download):
    server.answers["/a"] = lambda request: request.send(503)
    with pytest.raises(DownloadFailed, match="status 503"):
        download(server.url("/a"))
    assert server.requests["/a"] == 4


def test_the_server_decides_how_long_the_pause_is(server, download):
    times = []

    def wait(request):
        times.append(time.monotonic())
        request.send(429 if len(times) == 1 else 200, b"image", Retry_After=1)

    server.answers["/a"] = wait
    assert download(server.url("/a")).data == b"image"
    assert times[1] - times[0] >= 0.95


def test_a_pause_that_is_too_long_is_a_failure_that_says_so(server, download):
    server.answers["/a"] = lambda request: request.send(429, Retry_After=3600)
    with pytest.raises(DownloadFailed, match="pause of 3,600 s; retry the job"):
        download(server.url("/a"))
    assert server.requests["/a"] == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("-5", None)],
)
def test_a_pause_is_a_number_or_a_date(text, seconds):
    assert _retry_after(text) == seconds


def test_a_host_gets_only_as_many_requests_at_the_same_time_as_allowed(server, make_downloader):
    lock, running, most = threading.Lock(), 0, 0

    def answer(request):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        request.send(200, b"image")

    server.answers |= {f"/{n}": answer for n in range(20)}
    downloader = make_downloader(per_host=3)
    futures = [downloader.start(server.url(f"/{n}")) for n in range(20)]
    assert [future.result(20).data for future in futures] == [b"image"] * 20
    assert 1 < most <= 3


def test_a_host_that_fails_for_several_images_is_left_alone_for_a_while(server, make_downloader):
    server.answers |= {f"/{n}": lambda request: request.send(503) for n in range(10)}
    downloader = make_downloader(per_host=1, max_attempts=2)
    futures = [downloader.start(server.url(f"/{n}")) for n in range(10)]
    reasons = [str(future.exception(20)) for future in futures]
    assert sum("status 503" in reason for reason in reasons) == 3
    assert sum("3 times in a row; retry the job later" in reason for reason in reasons) == 7
    assert server.requests.total() == 6
