"""What is specific to the local backend; what both backends share is in `tests/contracts`."""

import gzip
import os
import stat
import subprocess
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NotFound, StorageFull, Unavailable
from core.storage import open_backend
from core.storage.backends.local_file import open_file


@pytest.fixture
def files(tmp_path):
    return open_backend(tmp_path.as_uri())


def test_a_failed_write_leaves_no_temporary_file(files, tmp_path):
    files.write("a", b"whole")
    with suppress(ZeroDivisionError), files.open_write("a") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert files.read("a") == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_names_do_not_include_a_file_being_written(files):
    files.write("folder/a", b"")
    with files.open_write("folder/b"):
        assert files.list_names("folder") == ["a"]


def test_a_file_is_not_a_folder(files):
    files.write("a", b"")
    assert files.find("a/b") is None
    with pytest.raises(NotFound):
        files.read("a/b")


def test_a_full_disk_is_reported_as_such():
    with (
        pytest.raises(StorageFull, match="the store's disk is full"),
        open_file("/dev/full", "wb") as file,
    ):
        file.write(b"x")


def test_a_disk_that_cannot_be_read_is_reported_as_such():
    with open_file("/proc/self/mem", "rb") as file:  # nothing is mapped at its start
        for read in (lambda: file.read(1), file.read):
            with pytest.raises(Unavailable, match="the store cannot be used: Input/output error"):
                read()


@pytest.mark.parametrize("error", [gzip.BadGzipFile("damaged"), OSError(28, "elsewhere")])
def test_an_error_of_the_code_that_uses_a_file_is_not_one_of_the_store(files, tmp_path, error):
    files.write("old", b"whole")
    with pytest.raises(type(error)) as raised, files.open_write("a"):
        raise error
    assert raised.value is error
    with pytest.raises(type(error)) as raised, files.open_read("old"):
        raise error
    assert raised.value is error
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_an_offset_before_the_file_is_not_an_error_of_the_store(files):
    files.write("a", b"whole")
    with files.open_read("a") as file, pytest.raises(OSError, match="Invalid argument"):
        file.seek(-1)


@pytest.fixture
def few_inodes(tmp_path):
    """A store on a file system with hardly any inodes, but with free space."""
    folder = tmp_path / "few"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "nr_inodes=5,size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount a disk: needs root")
    yield open_backend(folder.as_uri())
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_without_inodes_is_told_apart_from_a_full_one(few_inodes):
    few_inodes.check()
    with pytest.raises(StorageFull, match="no inodes left"):
        few_inodes.write_all([(f"a/{number}", b"x") for number in range(9)])
    for number in range(3):
        few_inodes.write(f"a/{number}", b"x")
    for attempt in (
        few_inodes.check,
        lambda: few_inodes.write("b", b"x"),
        lambda: few_inodes.write("folder/b", b"x"),
        lambda: few_inodes.create("b", b"x"),
        lambda: few_inodes.append("log", b"x"),
    ):
        with pytest.raises(StorageFull, match="no inodes left"):
            attempt()


def test_a_read_only_store_fails_its_check(few_inodes):
    folder = few_inodes._root
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    with pytest.raises(Unavailable, match="Read-only file system"):
        few_inodes.check()


def test_only_this_user_can_read_the_store(tmp_path):
    files = open_backend((tmp_path / "new" / "store").as_uri())
    files.write("a/b", b"x")
    files.write_all([("c/d", b"x")])
    files.append("log", b"x")
    files.create("e/f/g", b"x")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").rglob("*")}
    assert modes == {0o700, 0o600}


def test_leftovers_of_killed_writers_are_removed(files, tmp_path):
    files.write_all([("c/items/1.json", b"x"), ("d/a", b"x"), (".hidden.json", b"x")])
    for folder, age_s in (("c/items", 0), ("c", 7200), ("d", 7200)):
        leftover = tmp_path / folder / f".1.json.{uuid.uuid4().hex}"
        leftover.write_bytes(b"a customer")
        os.utime(leftover, (time.time() - age_s,) * 2)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert len(files.remove_leftovers("c", before=hour_ago)) == 1
    assert len(files.remove_leftovers("c")) == 1
    assert len(files.remove_leftovers("", before=hour_ago)) == 1
    assert files.remove_leftovers("missing") == []
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        ".hidden.json", "1.json", "a",
    ]  # fmt: skip


def test_if_one_of_many_files_cannot_be_written_none_is(files, tmp_path):
    def contents():
        yield "a/1", b"x"
        yield "a/2", b"y"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageFull):
        files.write_all(contents())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
