"""Thumbnails, and how long they are stored."""

import io
import os
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from api.services.thumbnail_files import ThumbnailFiles
from api.services.thumbnails import Thumbnails
from core.errors import NotFound
from core.settings import MEBIBYTE, Settings
from core.storage import Items, open_backend
from tests.support.disks import mounted_disk
from tests.support.event_loops import in_event_loop
from tests.support.pictured_shop import item_with_pictures
from tests.support.shop_client import eventually

KIBIBYTE, HOUR_S = 1024, 3600
FOLDER = "thumbnails"


def open_files(folder, max_bytes=MEBIBYTE, min_free_bytes=0):
    return ThumbnailFiles(folder / FOLDER, max_bytes=max_bytes, min_free_bytes=min_free_bytes)


def stored_files(folder):
    return sorted(path.name for path in (folder / FOLDER).rglob("*") if path.is_file())


def set_last_use(folder, name, *, hours_ago):
    (path,) = (folder / FOLDER).rglob(name)
    os.utime(path, (time.time() - hours_ago * HOUR_S,) * 2)


@pytest.fixture
def items(tmp_path):
    return Items(open_backend(str(tmp_path / "store")), "shop")


def get_thumbnail(folder, items, image, size=32):
    """Return a thumbnail as a server that has just started does."""
    thumbnails = Thumbnails(open_files(folder), max_megapixels=1)
    return in_event_loop(lambda: thumbnails.get(items, image, size))


def test_a_thumbnail_is_made_once_for_all_servers_of_a_machine(tmp_path, items):
    image, other = item_with_pictures(items, "A").images
    made = get_thumbnail(tmp_path, items, image)
    assert Image.open(io.BytesIO(made)).size == (32, 32)
    assert get_thumbnail(tmp_path, items, other) != made
    items.delete_image(image)
    assert get_thumbnail(tmp_path, items, image) == made
    with pytest.raises(NotFound):
        get_thumbnail(tmp_path, items, image, 33)


def test_the_thumbnail_of_a_damaged_file_is_not_stored(tmp_path, items):
    image, other = item_with_pictures(items, "A").images
    intact = get_thumbnail(tmp_path, items, other)
    items.put_images([(image.file, items.read_image(other))])
    assert get_thumbnail(tmp_path, items, image) == intact
    assert [name.startswith(other.sha256) for name in stored_files(tmp_path)] == [True]


def test_thumbnails_that_were_not_used_for_two_days_are_deleted(tmp_path):
    files = open_files(tmp_path)
    for name, hours_ago in (("recent", 47), ("unused", 49), ("used", 49)):
        files.put(name, b"data")
        set_last_use(tmp_path, name, hours_ago=hours_ago)
    assert files.find("used") == b"data"
    files.clean()
    assert stored_files(tmp_path) == ["recent", "used"]


def test_a_server_deletes_unused_thumbnails_when_it_starts(tmp_path):
    open_files(tmp_path).put("unused", b"data")
    set_last_use(tmp_path, "unused", hours_ago=49)
    with TestClient(create_app(Settings(data=tmp_path))):
        eventually(lambda: stored_files(tmp_path) == [])


def test_the_thumbnails_that_were_not_used_for_longest_make_room_for_others(tmp_path):
    files = open_files(tmp_path, max_bytes=1000 * KIBIBYTE)
    for number in range(9):
        files.put(f"early-{number}", b"x" * 100 * KIBIBYTE)
        set_last_use(tmp_path, f"early-{number}", hours_ago=20 - number)
    assert files.find("early-0")
    for number in range(2):
        files.put(f"late-{number}", b"x" * 100 * KIBIBYTE)
    files.clean()
    newest = ["early-0", *(f"early-{number}" for number in range(3, 9)), "late-0", "late-1"]
    assert stored_files(tmp_path) == newest


def test_small_thumbnails_do_not_use_up_the_inodes(tmp_path):
    files = open_files(tmp_path, max_bytes=160 * KIBIBYTE)
    for number in range(20):
        files.put(str(number), b"x")
    assert 8 <= len(stored_files(tmp_path)) <= 10


def refuse_folder(folder):
    """Put a file where the folder should be."""
    (folder / FOLDER).write_bytes(b"")
    return open_files(folder)


CANNOT_STORE = {
    "the folder cannot be created": refuse_folder,
    "the disk is almost full": lambda folder: open_files(folder, min_free_bytes=1 << 60),
}


@pytest.mark.parametrize("reason", CANNOT_STORE)
def test_where_nothing_can_be_stored_thumbnails_are_made_and_one_warning_is_logged(
    tmp_path, items, caplog, reason
):
    (image, _) = item_with_pictures(items, "A").images
    thumbnails = Thumbnails(CANNOT_STORE[reason](tmp_path), max_megapixels=1)
    for _ in range(2):
        assert in_event_loop(lambda: thumbnails.get(items, image, 32)).startswith(b"\xff\xd8")
    (record,) = caplog.records
    assert "thumbnails are made for each request" in record.message


def test_a_full_disk_leaves_no_part_of_a_thumbnail(tmp_path):
    with mounted_disk(tmp_path, megabytes=1) as disk:
        files = open_files(disk, max_bytes=10 * MEBIBYTE)
        for name in ("1", "2"):
            files.put(name, b"x" * 700 * KIBIBYTE)
        assert stored_files(Path(disk)) == ["1"]
        assert files.find("2") is None


def test_with_a_limit_of_zero_nothing_is_stored(tmp_path):
    open_files(tmp_path, max_bytes=MEBIBYTE).put("older", b"data")
    files = open_files(tmp_path, max_bytes=0)
    files.put("new", b"data")
    files.clean()
    assert stored_files(tmp_path) == []
