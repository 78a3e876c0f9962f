from contextlib import suppress

import pytest

from core.errors import NotFound, StorageFull
from core.storage import Files


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path.as_uri())


def test_what_was_written_is_read(files):
    files.write("a/b/c.bin", b"content")
    assert files.read("a/b/c.bin") == b"content"
    assert files.read_range("a/b/c.bin", 2, 3) == b"nte"


def test_a_second_writing_takes_the_place_of_the_first(files):
    files.write("a", b"first")
    files.write("a", b"2nd")
    assert files.read("a") == b"2nd"


def test_a_writing_that_breaks_off_leaves_what_was_there_and_no_rest(files, tmp_path):
    files.write("a", b"whole")
    with suppress(ZeroDivisionError), files.writing("a") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert files.read("a") == b"whole"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_what_is_not_there_is_not_found(files):
    with pytest.raises(NotFound):
        files.read("nope")
    with pytest.raises(NotFound), files.reading("nope/deeper"):
        pass


def test_deleting_what_is_not_there_is_no_error(files):
    files.delete("nope")
    files.delete_tree("nope/deeper")


def test_names_are_sorted_and_leave_out_what_is_being_written(files):
    for name in ("b", "a", "c"):
        files.write(f"folder/{name}", b"")
    with files.writing("folder/d"):
        assert files.names("folder") == ["a", "b", "c"]
    assert files.names("none") == []


def test_a_tree_is_deleted_whole(files):
    files.write("a/b/c", b"")
    files.delete_tree("a")
    assert not files.exists("a/b/c")
    assert files.names("") == []


def test_a_full_disk_is_told_as_such(files):
    with pytest.raises(StorageFull), files.writing("a"):
        raise OSError(28, "No space left on device")
    assert not files.exists("a")


def test_many_files_are_written_each_whole(files):
    contents = {f"folder/{n % 3}/{n}": bytes([n]) * n for n in range(50)}
    files.write_all(contents.items())
    assert {path: files.read(path) for path in contents} == contents


def test_if_one_of_many_cannot_be_written_none_is_and_no_rest_stays(files, tmp_path):
    def contents():
        yield "a/1", b"x"
        yield "a/2", b"y"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageFull):
        files.write_all(contents())
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
