"""What every place of the store must do: a folder and a bucket of S3 run the same tests."""

import json
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core.errors import NotFound
from core.storage import Files

MIB = 1024 * 1024
ODD = [
    "a b", " lead", "quote'", 'double"', "100%", "%20", "a+b", "#1", "a&b", "<x>", "[a]", "a*",
    "a?b", "élan", "日本", "🧥", "~x", "=", ";", "@", "a\\b", "$HOME", "{x}", "^", "`", "|", "a:b",
    "trail ",
]  # fmt: skip


@pytest.fixture
def files(store_url):
    return Files(store_url)


def together(*calls):
    """Call all at the same moment; give what each returned."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n):
        gate.wait()
        results[n] = calls[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_store_that_can_be_used_says_so_again_and_again(files):
    files.check()
    files.check()
    assert files.names("") == []


def test_what_was_written_is_read_by_others_at_once(files, store_url):
    other = Files(store_url)
    assert other.names("a/b") == []
    files.write("a/b/c.bin", b"content")
    assert other.read("a/b/c.bin") == b"content"
    assert other.names("a/b") == ["c.bin"]
    files.write("a/b/c.bin", b"2nd")
    assert other.find("a/b/c.bin") == b"2nd"
    files.delete("a/b/c.bin")
    assert other.find("a/b/c.bin") is None
    assert other.names("a/b") == []


def test_an_empty_file_is_a_file(files):
    files.write("empty", b"")
    with files.writing("also"):
        pass
    assert (files.read("empty"), files.read("also")) == (b"", b"")
    assert files.exists("empty")


def test_a_part_of_a_file_ends_where_the_file_does(files):
    files.write("a", b"0123456789")
    ranges = [(0, 3), (4, 2), (8, 10), (9, 1), (10, 5), (50, 5), (3, 0)]
    assert [files.read_range("a", *one) for one in ranges] == [
        b"012", b"45", b"89", b"9", b"", b"", b"",
    ]  # fmt: skip


def test_what_is_not_there_is_not_found_in_whatever_way_it_is_asked_for(files):
    files.write("a/b", b"")
    for ask in (
        lambda: files.read("nope"),
        lambda: files.read_range("nope", 0, 1),
        lambda: files.changed_at("nope"),
        lambda: files.changed_at("a/nope"),
        lambda: list(files.lines("nope")),
        lambda: files.reading("nope/deeper").__enter__(),
    ):
        with pytest.raises(NotFound):
            ask()
    assert files.find("nope") is None
    assert not files.exists("nope")
    assert (files.names("nope"), files.tree("nope"), list(files.walk("nope"))) == ([], [], [])


def test_deleting_what_is_not_there_is_no_error(files):
    files.delete("nope")
    files.delete_tree("nope/deeper")


def test_a_file_is_read_at_any_place(files):
    data = bytes(range(256)) * 1000
    files.write("a", data)
    with files.reading("a") as file:
        assert file.seek(-6, 2) == len(data) - 6
        assert file.read() == data[-6:]
        file.seek(1000)
        assert (file.read(5), file.tell()) == (data[1000:1005], 1005)


def test_a_large_file_comes_in_parts_and_is_there_when_the_last_has_come(files):
    part = bytes(range(256)) * (MIB // 256)
    with files.writing("large") as file:
        for _ in range(18):
            file.write(part)
        assert not files.exists("large")
    assert len(files.read("large")) == 18 * MIB
    assert files.read_range("large", 17 * MIB - 1, 3) == part[-1:] + part[:2]
    with files.reading("large") as file:
        assert file.seek(8 * MIB) == 8 * MIB
        assert file.read(MIB) == part


@pytest.mark.parametrize("size", [0, 10, 18 * MIB])
def test_a_writing_that_breaks_off_leaves_what_was_there_and_no_rest(files, size):
    files.write("a", b"whole")
    with suppress(ZeroDivisionError), files.writing("a") as file:
        file.write(bytes(size))
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), files.writing("b") as file:
        file.write(bytes(size))
        raise ZeroDivisionError
    assert files.read("a") == b"whole"
    assert files.names("") == ["a"]


def test_of_several_that_make_the_same_file_at_once_one_is_told_so(files, store_url):
    others = [Files(store_url) for _ in range(6)]
    for path in ("a", "b/c", "b/d", "b/e", "f"):
        makes = [partial(one.create, path, b"%d" % n) for n, one in enumerate(others)]
        told = together(*makes)
        assert sorted(told) == [False] * 5 + [True]
        assert files.read(path) == b"%d" % told.index(True)


def test_what_is_there_is_not_made_again(files):
    files.write("a", b"first")
    assert files.create("a", b"second") is False
    assert files.read("a") == b"first"
    files.delete("a")
    assert files.create("a", b"third") is True
    assert files.read("a") == b"third"


def test_many_files_are_written_and_read_in_the_order_of_their_paths(files):
    contents = {f"folder/{n % 3}/{n:02}": bytes([n]) * n for n in range(50)}
    files.write_all(contents.items())
    asked = ["folder/0/99", *reversed(contents)]
    assert list(files.find_all(asked)) == [None, *reversed(contents.values())]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_names_like_others(files, name):
    files.write(f"x{name}/{name}", name.encode())
    files.write(f"x{name}/z", b"")
    assert files.read(f"x{name}/{name}") == name.encode()
    assert files.find(f"x{name}/{name}") == name.encode()
    assert files.names("") == [f"x{name}"]
    assert files.names(f"x{name}") == sorted([name, "z"])
    assert sorted(files.walk(f"x{name}")) == sorted([name, "z"])
    files.delete_tree(f"x{name}")
    assert files.names("") == []


def test_a_folder_of_more_than_one_answer_holds_is_listed_whole_and_in_order(files):
    names = [f"{n:05}" for n in range(2_345)]
    files.write_all((f"many/{name[-2:]}/{name}", b"") for name in names)
    files.write_all((f"flat/{name}", b"") for name in names)
    files.write("many-not/x", b"")
    paths = sorted(f"{name[-2:]}/{name}" for name in names)
    assert files.names("flat") == names
    assert list(files.walk("many")) == paths
    assert list(files.walk("many", after=paths[1200])) == paths[1201:]
    assert list(files.walk("many", after="42/")) == [path for path in paths if path > "42/"]
    assert sorted(files.tree("many")) == paths
    files.delete_tree("many")
    assert files.names("") == ["flat", "many-not"]


def test_paths_come_sorted_whatever_is_a_folder(files):
    paths = ["a-b", "a.b", "a/x", "a/y/z", "a0", "b/1", "c"]
    files.write_all((f"top/{path}", b"") for path in reversed(paths))
    assert list(files.walk("top")) == paths
    for n, path in enumerate(paths):
        assert list(files.walk("top", after=path)) == paths[n + 1 :]


def test_a_tree_is_deleted_whole_and_its_neighbours_stay(files):
    for path in ("a/b/c", "a/d", "ab", "a.b/c"):
        files.write(path, b"")
    files.delete_tree("a")
    assert sorted(files.tree("")) == ["a.b/c", "ab"]
    files.delete_tree("ab")
    assert files.names("") == ["a.b"]


def test_lines_of_a_log_come_in_the_order_they_were_added(files):
    for n in range(70):
        files.append("log/day", f"{n}\n".encode())
    assert list(files.lines("log/day")) == [f"{n}\n".encode() for n in range(70)]
    assert files.names("log") == ["day"]


def test_lines_that_several_add_at_once_are_all_there_and_whole(files, store_url):
    def add(who):
        own = Files(store_url)
        for n in range(10):
            own.append("log", json.dumps({"who": who, "n": n}).encode() + b"\n")

    together(*(lambda who=who: add(who) for who in range(4)))
    found = [json.loads(line) for line in files.lines("log")]
    assert len(found) == 40
    for who in range(4):
        assert [one["n"] for one in found if one["who"] == who] == list(range(10))


def test_it_is_known_when_a_file_and_when_something_in_a_folder_changed(files):
    before = datetime.now(UTC) - timedelta(seconds=2)
    files.write("a/b", b"")
    first = files.changed_at("a/b")
    assert before < first < datetime.now(UTC) + timedelta(seconds=2)
    time.sleep(1.1)  # S3 tells whole seconds
    files.write("a/c", b"")
    assert files.changed_at("a") > first
    assert files.changed_at("a/b") == first
