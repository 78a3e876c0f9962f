import stat
import struct
import zipfile
from functools import partial

import pytest

from core.archives.file_slice import FileSlice
from core.archives.kinds import kind_of
from core.archives.tar_files import gunzip, tar_files
from core.archives.zip_files import zip_files
from core.errors import InvalidInput, TooLarge, UnreadableImage
from core.storage import PlannedImage, read_planned_image
from tests.support.archives import make_pack, make_tar, make_zip

FILES = {"A.jpg": b"first" * 100, "B/front.jpg": b"second", "B/back.jpg": b""}


list_zip = partial(zip_files, max_ratio=100)
list_tar = partial(tar_files, blob="pack")


def content(pack, member):
    image = PlannedImage(
        file=member.name, sku="s", view="v", offset=member.offset, size=member.size,
        compressed_size=member.compressed_size, crc=member.crc,
    )  # fmt: skip
    return read_planned_image(pack, image, max_bytes=10_000)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_of_a_zip_are_read_in_place(method):
    pack, archive = make_pack(make_zip(FILES, method=method))
    assert {m.name: content(pack, m) for m in list_zip(archive, max_files=10)} == FILES


def test_files_of_a_tar_are_read_in_place():
    pack, archive = make_pack(make_tar(FILES))
    assert {m.name: content(pack, m) for m in list_tar(archive, max_files=10)} == FILES


def test_a_gzipped_tar_is_unpacked_to_the_tar(tmp_path):
    _, archive = make_pack(make_tar(FILES, mode="w:gz"))
    out = tmp_path / "out"
    with out.open("wb") as unpacked:
        size = gunzip(archive, unpacked, max_bytes=100_000)
    with out.open("rb") as unpacked:
        members = list_tar(FileSlice(unpacked, 0, size), max_files=10)
        assert {m.name: content(unpacked, m) for m in members} == FILES


def test_a_gzip_bomb_is_stopped(tmp_path):
    _, archive = make_pack(make_tar({"A.jpg": bytes(1_000_000)}, mode="w:gz"))
    with (tmp_path / "out").open("wb") as out, pytest.raises(TooLarge):
        gunzip(archive, out, max_bytes=100_000)


def test_the_kind_is_detected_by_the_first_bytes():
    assert kind_of(make_zip(FILES)[:512]) == "zip"
    assert kind_of(make_zip({})[:512]) == "zip"
    assert kind_of(make_tar(FILES)[:512]) == "tar"
    assert kind_of(make_tar(FILES, mode="w:gz")[:512]) == "gzip"
    assert kind_of(b"\xff\xd8\xff\xe0" * 100) is None


@pytest.mark.parametrize(
    "name", ["../A.jpg", "/etc/A.jpg", "a/../../A.jpg", "..\\A.jpg", "C:\\A.jpg"]
)
def test_a_name_that_leads_out_of_the_archive_is_rejected(name):
    for data, list_files in (
        (make_zip({name: b"x"}), list_zip),
        (make_tar({name: b"x"}), list_tar),
    ):
        (member,) = list_files(make_pack(data)[1], max_files=10)
        assert "leads out" in member.error.detail


def test_links_are_rejected_in_both_kinds():
    link = zipfile.ZipInfo("A.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for data, list_files in (
        (make_zip({link: b"/etc/passwd"}), list_zip),
        (make_tar({}, links=[("A.jpg", "/etc/passwd")]), list_tar),
    ):
        (member,) = list_files(make_pack(data)[1], max_files=10)
        assert "link" in member.error.detail


def test_an_archive_in_an_archive_is_rejected():
    _, archive = make_pack(make_zip({"inner.zip": make_zip(FILES)}))
    (member,) = list_zip(archive, max_files=10)
    assert "inside an archive" in member.error.detail


def test_files_that_operating_systems_leave_are_skipped():
    junk = {"__MACOSX/._A.jpg": b"x", ".DS_Store": b"x", "b/Thumbs.db": b"x", "b/": b""}
    _, archive = make_pack(make_zip(junk | {"A.jpg": b"x"}))
    assert [member.name for member in list_zip(archive, max_files=10)] == ["A.jpg"]


def test_more_files_than_allowed_are_rejected():
    for data, list_files in ((make_zip(FILES), list_zip), (make_tar(FILES), list_tar)):
        with pytest.raises(TooLarge):
            list(list_files(make_pack(data)[1], max_files=2))


def with_directory_size(size):
    """A zip whose end record claims a list of files of this size."""
    data = bytearray(make_zip(FILES))
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, size)
    return bytes(data)


def with_zip64_directory_size(size):
    """A zip whose zip64 end record claims a list of files of this size."""
    data = make_zip(FILES)
    end = data.rfind(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 3, 3, size, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return data[:end] + record + locator + data[end:]


@pytest.mark.parametrize("make", [with_directory_size, with_zip64_directory_size])
def test_a_list_of_files_that_would_fill_the_memory_is_rejected_unread(make):
    _, archive = make_pack(make(100_000_000))
    with pytest.raises(TooLarge, match="lists too many files"):
        list(list_zip(archive, max_files=10))


def test_a_signature_inside_the_end_record_does_not_hide_its_list_of_files():
    data = bytearray(with_directory_size(100_000_000))
    at = data.rfind(b"PK\x05\x06")
    data[at + 16 : at + 20] = b"PK\x05\x06"
    with pytest.raises(TooLarge, match="lists too many files"):
        list(list_zip(make_pack(bytes(data))[1], max_files=10))


def test_a_file_that_unpacks_to_more_than_listed_is_damaged():
    data = bytearray(make_zip({"A.jpg": bytes(9_000)}))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)  # its size in the list of files
    pack, archive = make_pack(bytes(data))
    (member,) = list_zip(archive, max_files=10)
    with pytest.raises(UnreadableImage):
        content(pack, member)


def test_a_file_that_unpacks_to_more_than_allowed_is_too_large():
    pack, archive = make_pack(make_zip({"A.jpg": bytes(20_000)}))
    (member,) = list_zip(archive, max_files=10)
    with pytest.raises(TooLarge):
        content(pack, member)


def test_an_encrypted_file_is_rejected():
    data = bytearray(make_zip({"A.jpg": b"x"}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    (member,) = list_zip(make_pack(bytes(data))[1], max_files=10)
    assert "encrypted" in member.error.detail


@pytest.mark.parametrize("cut", [5, 40, 100, 300])
def test_a_truncated_archive_is_rejected_or_its_files_are(cut):
    for data, list_files in ((make_zip(FILES), list_zip), (make_tar(FILES), list_tar)):
        pack, archive = make_pack(data[:-cut] if list_files is list_zip else data[: 600 + cut])
        try:
            for member in list_files(archive, max_files=10):
                assert member.error or content(pack, member) == FILES[member.name]
        except (InvalidInput, UnreadableImage) as exc:
            assert exc.detail  # noqa: PT017 - which of the two depends on the cut


def test_a_zip_bomb_is_rejected_with_the_name_of_its_largest_file():
    _, archive = make_pack(make_zip({"A.jpg": b"x", "B.bmp": bytes(17 << 20)}))
    assert archive.size < 20_000
    with pytest.raises(TooLarge, match=r"largest file is 'B\.bmp'"):
        list(list_zip(archive, max_files=10))


def test_overlapping_files_count_towards_the_unpacked_size():
    data = make_zip({"A.bmp": bytes(5 << 20)})
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    listed = data[at:end] * 4
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 4, 4, len(listed), at, 0)
    _, archive = make_pack(data[:at] + listed + tail)
    with pytest.raises(TooLarge, match="unpacks to more than"):
        list(list_zip(archive, max_files=10))


def test_a_file_without_a_name_is_rejected_and_the_others_are_read():
    data = make_zip({"A.jpg": b"first", "B.jpg": b"second"}).replace(b"B.jpg", b"\0.jpg")
    first, second = list_zip(make_pack(data)[1], max_files=10)
    assert first.error is None
    assert isinstance(second.error, InvalidInput)


def test_a_zip_of_a_later_version_is_rejected():
    data = bytearray(make_zip(FILES))
    data[data.find(b"PK\x01\x02") + 6] = 64
    with pytest.raises(InvalidInput, match=r"zip file version 6\.4"):
        list(list_zip(make_pack(bytes(data))[1], max_files=10))
