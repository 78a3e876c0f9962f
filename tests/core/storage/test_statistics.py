"""The statistics of fitted recipes in the store, and what is said when they are lost."""

import hashlib

import pytest

from core.domain import EncoderIdentity
from core.errors import Conflict
from core.storage import Collections, StatisticsStore, find_statistics, open_backend


@pytest.fixture
def files(tmp_path):
    files = open_backend(str(tmp_path))
    Collections(files).create("first", encoder=EncoderIdentity("a", 2))
    Collections(files).create("second", encoder=EncoderIdentity("a", 2))
    return files


@pytest.fixture
def statistics(files):
    return StatisticsStore(files, "collections/second")


def test_statistics_are_found_by_their_digest_in_whichever_collection(files, statistics):
    sha256 = statistics.write(b"numbers")
    assert sha256 == hashlib.sha256(b"numbers").hexdigest()
    assert statistics.read(sha256) == find_statistics(files, sha256) == b"numbers"


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_lost_statistics_are_named_with_what_to_do(files, statistics, damage):
    sha256 = statistics.write(b"numbers")
    path = f"collections/second/statistics/{sha256}.npz"
    if damage == "missing":
        files.delete(path)
    else:
        files.write(path, b"other numbers")
    with pytest.raises(Conflict, match=f"{sha256}.npz is {damage} .*lookalike rebuild"):
        statistics.read(sha256)
    with pytest.raises(Conflict, match="lookalike rebuild"):
        find_statistics(files, sha256)


def test_statistics_that_no_index_uses_are_deleted(statistics):
    old, new = statistics.write(b"old"), statistics.write(b"new")
    statistics.drop_others({new})
    assert (statistics.is_sound(old), statistics.is_sound(new)) == (False, True)
