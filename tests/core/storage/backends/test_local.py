"""What is specific to the local backend; what both backends share is in `tests/contracts`."""

from contextlib import suppress

import pytest

from core.errors import NotFound, StorageFull
from core.storage import open_backend


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


def test_a_full_disk_is_reported_as_such(files):
    with pytest.raises(StorageFull), files.open_write("a"):
        raise OSError(28, "No space left on device")
    assert not files.exists("a")


def test_if_one_of_many_files_cannot_be_written_none_is(files, tmp_path):
    def contents():
        yield "a/1", b"x"
        yield "a/2", b"y"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageFull):
        files.write_all(contents())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
