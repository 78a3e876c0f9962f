"""The contract of a storage backend, on a local folder and on an S3 bucket."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow as pa
import pytest

from core.errors import NotFound, Unavailable
from core.storage import open_backend
from tests.support.concurrency import call_together

MIB = 1024 * 1024
ODD_NAMES = [
    "a b", " lead", "quote'", 'double"', "100%", "%20", "a+b", "#1", "a&b", "<x>", "[a]", "a*",
    "a?b", "élan", "日本", "🧥", "~x", "=", ";", "@", "a\\b", "$HOME", "{x}", "^", "`", "|", "a:b",
    "trail ",
]  # fmt: skip


@pytest.fixture
def files(store_url):
    return open_backend(store_url)


def test_checks_can_be_repeated(files):
    files.check()
    files.check()
    assert files.list_names("") == []


def test_writes_are_visible_to_others_at_once(files, store_url):
    other = open_backend(store_url)
    assert other.list_names("a/b") == []
    files.write("a/b/c.bin", b"content")
    assert other.read("a/b/c.bin") == b"content"
    assert other.list_names("a/b") == ["c.bin"]
    files.write("a/b/c.bin", b"2nd")
    assert other.find("a/b/c.bin") == b"2nd"
    files.delete("a/b/c.bin")
    assert other.find("a/b/c.bin") is None
    assert other.list_names("a/b") == []


def test_a_file_may_be_empty(files):
    files.write("empty", b"")
    with files.open_write("also"):
        pass
    assert (files.read("empty"), files.read("also")) == (b"", b"")
    assert files.exists("empty")


def test_no_further_file_appears_once_the_check_fails(files):
    files.write("a/0", b"old")
    checks = iter([True, False, False])

    def check():
        if not next(checks):
            raise Unavailable("the lock is lost")

    with pytest.raises(Unavailable):
        files.write_all([(f"a/{n}", b"new") for n in range(3)], check)
    contents = [files.find(f"a/{n}") for n in range(3)]
    assert contents.count(b"new") == 1
    assert sorted(files.list_tree("a")) == files.list_names("a")


def test_a_range_ends_at_the_end_of_the_file(files):
    files.write("a", b"0123456789")
    ranges = [(0, 3), (4, 2), (8, 10), (9, 1), (10, 5), (50, 5), (3, 0)]
    assert [files.read_range("a", start, length) for start, length in ranges] == [
        b"012", b"45", b"89", b"9", b"", b"", b"",
    ]  # fmt: skip


def test_missing_files_are_not_found(files):
    files.write("a/b", b"")
    for call in (
        lambda: files.read("nope"),
        lambda: files.read_range("nope", 0, 1),
        lambda: files.modified_at("nope"),
        lambda: files.modified_at("a/nope"),
        lambda: list(files.read_lines("nope")),
        lambda: files.open_read("nope/deeper").__enter__(),
    ):
        with pytest.raises(NotFound):
            call()
    assert files.find("nope") is None
    assert not files.exists("nope")
    assert (files.list_names("nope"), files.list_tree("nope"), list(files.walk("nope"))) == (
        [],
        [],
        [],
    )


def test_deleting_a_missing_file_is_no_error(files):
    files.delete("nope")
    files.delete_tree("nope/deeper")


def test_a_file_has_random_access(files):
    data = bytes(range(256)) * 1000
    files.write("a", data)
    with files.open_read("a") as file:
        assert file.seek(-6, 2) == len(data) - 6
        assert file.read() == data[-6:]
        file.seek(1000)
        assert (file.read(5), file.tell()) == (data[1000:1005], 1005)


def test_a_large_file_appears_when_it_is_complete(files):
    part = bytes(range(256)) * (MIB // 256)
    with files.open_write("large") as file:
        for _ in range(18):
            file.write(part)
        assert not files.exists("large")
    assert len(files.read("large")) == 18 * MIB
    assert files.read_range("large", 17 * MIB - 1, 3) == part[-1:] + part[:2]
    with files.open_read("large") as file:
        assert file.seek(8 * MIB) == 8 * MIB
        assert file.read(MIB) == part


@pytest.mark.parametrize("size", [0, 10, 18 * MIB])
def test_a_failed_write_leaves_the_old_file_and_no_other(files, size):
    files.write("a", b"whole")
    with suppress(ZeroDivisionError), files.open_write("a") as file:
        file.write(bytes(size))
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), files.open_write("b") as file:
        file.write(bytes(size))
        raise ZeroDivisionError
    assert files.read("a") == b"whole"
    assert files.list_names("") == ["a"]


def test_of_several_that_create_a_file_at_once_one_succeeds(files, store_url):
    others = [open_backend(store_url) for _ in range(6)]
    for path in ("a", "b/c", "b/d", "b/e", "f"):
        calls = [partial(other.create, path, b"%d" % n) for n, other in enumerate(others)]
        results = call_together(*calls)
        assert sorted(results) == [False] * 5 + [True]
        assert files.read(path) == b"%d" % results.index(True)


def test_an_existing_file_is_not_created_again(files):
    files.write("a", b"first")
    assert files.create("a", b"second") is False
    assert files.read("a") == b"first"
    files.delete("a")
    assert files.create("a", b"third") is True
    assert files.read("a") == b"third"


def test_many_files_are_written_and_read_in_order(files):
    contents = {f"folder/{n % 3}/{n:02}": bytes([n]) * n for n in range(50)}
    files.write_all(contents.items())
    paths = ["folder/0/99", *reversed(contents)]
    assert list(files.find_all(paths)) == [None, *reversed(contents.values())]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_possible(files, name):
    files.write(f"x{name}/{name}", name.encode())
    files.write(f"x{name}/z", b"")
    assert files.read(f"x{name}/{name}") == name.encode()
    assert files.find(f"x{name}/{name}") == name.encode()
    assert files.list_names("") == [f"x{name}"]
    assert files.list_names(f"x{name}") == sorted([name, "z"])
    assert sorted(files.walk(f"x{name}")) == sorted([name, "z"])
    files.delete_tree(f"x{name}")
    assert files.list_names("") == []


def test_a_folder_with_more_files_than_a_page_is_listed_completely_and_in_order(files):
    names = [f"{n:04}" for n in range(1_005)]
    paths = sorted([*(f"50/{name}" for name in names), *(f"{n:02}/x" for n in range(100))])
    files.write_all((f"many/{path}", b"") for path in paths)
    files.write("many-not/x", b"")
    assert files.list_names("many/50") == [*names, "x"]
    assert list(files.walk("many")) == paths
    assert list(files.walk("many", after=paths[600])) == paths[601:]
    assert list(files.walk("many", after="42/")) == [path for path in paths if path > "42/"]
    assert sorted(files.list_tree("many")) == paths
    files.delete_tree("many")
    assert files.list_names("") == ["many-not"]


def test_whole_paths_are_sorted(files):
    paths = ["a-b", "a.b", "a/x", "a/y/z", "a0", "b/1", "c"]
    files.write_all((f"top/{path}", b"") for path in reversed(paths))
    assert list(files.walk("top")) == paths
    for n, path in enumerate(paths):
        assert list(files.walk("top", after=path)) == paths[n + 1 :]


def test_a_tree_is_deleted_completely_but_not_its_neighbours(files):
    for path in ("a/b/c", "a/d", "ab", "a.b/c"):
        files.write(path, b"")
    files.delete_tree("a")
    assert sorted(files.list_tree("")) == ["a.b/c", "ab"]
    files.delete_tree("ab")
    assert files.list_names("") == ["a.b"]


def test_lines_of_a_log_are_read_in_the_order_they_were_appended(files):
    for n in range(70):
        files.append("log/day", f"{n}\n".encode())
    assert list(files.read_lines("log/day")) == [f"{n}\n".encode() for n in range(70)]
    assert files.list_names("log") == ["day"]


def test_lines_that_several_append_at_once_are_complete(files, store_url):
    def append(writer):
        own = open_backend(store_url)
        for n in range(10):
            own.append("log", json.dumps({"writer": writer, "n": n}).encode() + b"\n")

    call_together(*(partial(append, writer) for writer in range(4)))
    entries = [json.loads(line) for line in files.read_lines("log")]
    assert len(entries) == 40
    for writer in range(4):
        assert [entry["n"] for entry in entries if entry["writer"] == writer] == list(range(10))


def test_files_and_folders_have_a_modification_time(files):
    before = datetime.now(UTC) - timedelta(seconds=2)
    files.write("a/b", b"")
    first = files.modified_at("a/b")
    assert before < first < datetime.now(UTC) + timedelta(seconds=2)
    time.sleep(1.1)  # S3 has whole seconds
    files.write("a/c", b"")
    assert files.modified_at("a") > first
    assert files.modified_at("a/b") == first


def test_a_file_takes_any_buffer_such_as_those_of_arrow(files):
    table = pa.table({"user": ["ann", "bob"], "day": [1, 2]})
    with files.open_write("table.arrow") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    with files.open_read("table.arrow") as file:
        assert pa.ipc.open_stream(file).read_all() == table
