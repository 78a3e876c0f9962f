import stat
import struct
import zipfile
from functools import partial

import pytest

from core.archives.members import kind_of
from core.archives.tar_files import gunzip, tar_files
from core.archives.zip_files import zip_files
from core.errors import InvalidInput, TooLarge, UnreadableImage
from core.storage import Entry, Part, read_entry
from tests.support.archives import packed, tarred, zipped

FILES = {"A.jpg": b"first" * 100, "B/front.jpg": b"second", "B/back.jpg": b""}


zip_of = partial(zip_files, expansion=100)


def content(file, found):
    entry = Entry(
        file=found.name, sku="s", view="v", offset=found.offset, size=found.size,
        packed=found.packed, crc=found.crc,
    )  # fmt: skip
    return read_entry(file, entry, max_bytes=10_000)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_of_a_zip_are_read_where_they_lie(method):
    file, part = packed(zipped(FILES, method=method))
    found = {f.name: content(file, f) for f in zip_of(file, part, max_files=10)}
    assert found == FILES


def test_files_of_a_tar_are_read_where_they_lie():
    file, part = packed(tarred(FILES))
    found = {f.name: content(file, f) for f in tar_files(file, part, blob="pack", max_files=10)}
    assert found == FILES


def test_a_gzipped_tar_is_unpacked_to_the_tar(tmp_path):
    file, part = packed(tarred(FILES, mode="w:gz"))
    out = tmp_path / "out"
    with out.open("wb") as unpacked:
        size = gunzip(file, part, unpacked, max_bytes=100_000)
    whole = Part(field="files", filename="a.tar", offset=0, size=size)
    with out.open("rb") as unpacked:
        found = tar_files(unpacked, whole, blob="b", max_files=10)
        assert {f.name: content(unpacked, f) for f in found} == FILES


def test_a_gzip_bomb_is_stopped(tmp_path):
    file, part = packed(tarred({"A.jpg": bytes(1_000_000)}, mode="w:gz"))
    with (tmp_path / "out").open("wb") as out, pytest.raises(TooLarge):
        gunzip(file, part, out, max_bytes=100_000)


def test_the_kind_is_known_by_the_first_bytes():
    assert kind_of(zipped(FILES)[:512]) == "zip"
    assert kind_of(zipped({})[:512]) == "zip"
    assert kind_of(tarred(FILES)[:512]) == "tar"
    assert kind_of(tarred(FILES, mode="w:gz")[:512]) == "gzip"
    assert kind_of(b"\xff\xd8\xff\xe0" * 100) is None


@pytest.mark.parametrize(
    "name", ["../A.jpg", "/etc/A.jpg", "a/../../A.jpg", "..\\A.jpg", "C:\\A.jpg"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(name):
    for data, reader in ((zipped({name: b"x"}), zip_of), (tarred({name: b"x"}), tar_of)):
        file, part = packed(data)
        (found,) = reader(file, part, max_files=10)
        assert "leads out" in found.error.detail


def tar_of(file, part, *, max_files):
    return tar_files(file, part, blob="pack", max_files=max_files)


def test_links_are_refused_in_both_kinds():
    link = zipfile.ZipInfo("A.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for data, reader in (
        (zipped({link: b"/etc/passwd"}), zip_of),
        (tarred({}, links=[("A.jpg", "/etc/passwd")]), tar_of),
    ):
        file, part = packed(data)
        (found,) = reader(file, part, max_files=10)
        assert "link" in found.error.detail


def test_an_archive_in_an_archive_is_refused():
    file, part = packed(zipped({"inner.zip": zipped(FILES)}))
    (found,) = zip_of(file, part, max_files=10)
    assert "inside an archive" in found.error.detail


def test_what_operating_systems_leave_is_passed_over():
    junk = {"__MACOSX/._A.jpg": b"x", ".DS_Store": b"x", "b/Thumbs.db": b"x", "b/": b""}
    file, part = packed(zipped(junk | {"A.jpg": b"x"}))
    assert [f.name for f in zip_of(file, part, max_files=10)] == ["A.jpg"]


def test_more_files_than_allowed_are_refused():
    for data, reader in ((zipped(FILES), zip_of), (tarred(FILES), tar_of)):
        file, part = packed(data)
        with pytest.raises(TooLarge):
            list(reader(file, part, max_files=2))


def test_a_file_that_unpacks_to_more_than_it_says_is_damaged():
    data = bytearray(zipped({"A.jpg": bytes(9_000)}))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)  # the length that the list tells
    file, part = packed(bytes(data))
    (found,) = zip_of(file, part, max_files=10)
    with pytest.raises(UnreadableImage):
        content(file, found)


def test_a_file_that_unpacks_to_more_than_allowed_is_too_large():
    file, part = packed(zipped({"A.jpg": bytes(20_000)}))
    (found,) = zip_of(file, part, max_files=10)
    with pytest.raises(TooLarge):
        content(file, found)


def test_an_encrypted_file_is_refused():
    data = bytearray(zipped({"A.jpg": b"x"}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    file, part = packed(bytes(data))
    (found,) = zip_of(file, part, max_files=10)
    assert "encrypted" in found.error.detail


@pytest.mark.parametrize("cut", [5, 40, 100, 300])
def test_a_cut_archive_is_refused_or_its_files_are(cut):
    for data, reader in ((zipped(FILES), zip_of), (tarred(FILES), tar_of)):
        file, part = packed(data[:-cut] if reader is zip_of else data[: 600 + cut])
        try:
            found = list(reader(file, part, max_files=10))
            for one in found:
                assert one.error or content(file, one) == FILES[one.name]
        except (InvalidInput, UnreadableImage) as exc:
            assert exc.detail  # noqa: PT017 - which of the two depends on the cut


def test_an_archive_that_swells_beyond_measure_is_refused_with_its_largest_file():
    file, part = packed(zipped({"A.jpg": b"x", "B.bmp": bytes(17 << 20)}))
    assert part.size < 20_000
    with pytest.raises(TooLarge, match=r"largest file is 'B\.bmp'"):
        list(zip_of(file, part, max_files=10))


def test_files_that_share_their_bytes_swell_together():
    data = zipped({"A.bmp": bytes(5 << 20)})
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    listed = data[at:end] * 4
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 4, 4, len(listed), at, 0)
    file, part = packed(data[:at] + listed + tail)
    with pytest.raises(TooLarge, match="unpacks to more than"):
        list(zip_of(file, part, max_files=10))


def test_a_file_without_a_name_is_set_aside_and_the_others_are_read():
    data = zipped({"A.jpg": b"first", "B.jpg": b"second"}).replace(b"B.jpg", b"\0.jpg")
    file, part = packed(data)
    first, second = zip_of(file, part, max_files=10)
    assert first.error is None
    assert isinstance(second.error, InvalidInput)


def test_a_zip_of_a_later_version_is_refused():
    data = bytearray(zipped(FILES))
    data[data.find(b"PK\x01\x02") + 6] = 64
    file, part = packed(bytes(data))
    with pytest.raises(InvalidInput, match=r"zip file version 6\.4"):
        list(zip_of(file, part, max_files=10))
