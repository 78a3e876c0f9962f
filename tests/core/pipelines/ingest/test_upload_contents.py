"""Archives as shops send them: which items result, and what is said of the rest.

`files` contains small archives with the faults of real ones; siblings are built here.
"""

import json
import struct
import tarfile
import zipfile
import zlib
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.attributes import extend_types
from core.errors import InvalidInput, UnsupportedMediaType
from core.jobs import IngestArgs
from core.pipelines.ingest.plan_upload import plan_upload
from core.pipelines.services import no_heartbeat
from core.settings import Limits
from core.storage import Uploads, open_backend
from tests.support.archives import make_tar, make_zip

FILES = Path(__file__).parent / "files"


@pytest.fixture
def plan(tmp_path):
    """Plan an upload of one file; return its images as (SKU, view), failures and warnings."""

    def plan(name, data=None, **args):
        uploads = Uploads(open_backend(tmp_path.as_uri()))
        with uploads.receive("u") as writer:
            writer.begin("files", name)
            writer.write((FILES / name).read_bytes() if data is None else data)
            writer.end()
        services = SimpleNamespace(uploads=uploads, limits=Limits())
        learn = partial(extend_types, {})
        images, failures, warnings = plan_upload(
            IngestArgs(upload="u", **args), services, no_heartbeat, learn
        )
        json.dumps([failure.model_dump() for failure in failures]).encode()
        views = [(image.sku, image.view) for image in images]
        return views, {failure.file: failure.reason for failure in failures}, " ".join(warnings)

    return plan


def main_views(*skus):
    return [(sku, "main") for sku in skus]


@pytest.mark.parametrize(
    ("name", "skus"),
    [
        ("Produkte.zip", [f"Größe-{n}" for n in range(5)]),
        ("Products (1).zip", [f"A-{n}" for n in range(8)]),
        ("backslash-manifest.zip", ["B-1", "B-2"]),
        ("manifest-backslash.zip", ["D-1", "D-2"]),
        ("manifest-nfd.zip", ["D-1"]),
        ("synology.zip", ["A-0", "A-1", "A-2"]),
        ("unicode-path-7075.zip", [f"Платье-{n}" for n in range(3)]),
    ],
)
def test_an_archive_of_a_common_program_becomes_its_items(plan, name, skus):
    assert plan(name) == (main_views(*skus), {}, "")


WESTERN = ("Kjøle", "calção", "Größe")


@pytest.mark.parametrize(
    ("name", "page", "skus"),
    [
        (
            "win-cp850.zip",
            "cp850",
            [f"{w}-{n}" for w in ("Kjøle", "calção", "Größe") for n in (0, 1, 2)],
        ),
        ("win-sjis.zip", "cp932", ["ドレス-0", "ドレス-1", "ドレス-2", "表示-ソ"]),
        ("tar-latin1-names.tar", "windows-1252", ["A-1", "Größe-2", "A-3"]),
    ],
)
def test_names_in_an_unknown_code_page_are_read_with_a_warning(plan, name, page, skus):
    images, failures, warning = plan(name)
    assert (images, failures) == (main_views(*skus), {})
    assert f"read as {page}: " in warning


def test_lost_bytes_before_the_list_of_files_are_a_failure(plan):
    images, failures, _ = plan("smallest-hang.zip")
    assert images == []
    assert "damaged" in failures["A.jpg"]


def test_a_damaged_header_in_a_tar_is_a_failure_and_the_files_before_it_are_read(plan):
    images, failures, _ = plan("tar-header3-flipped.tar")
    assert images == main_views("A-0", "A-1")
    assert "damaged or incomplete after 'A-1.jpg'" in failures["tar-header3-flipped.tar"]


TAR = make_tar({"A.jpg": bytes(700), "B.jpg": bytes(600)})


@pytest.mark.parametrize(
    ("data", "skus"),
    [
        (TAR[:1600], ["A"]),
        (TAR[:2100], ["A", "B"]),
        (TAR[: 512 + 1024 + 512 + 1024], ["A", "B"]),
        (TAR + b"?" * 1000, ["A", "B"]),
    ],
    ids=["in a header", "in a file", "before its end", "other bytes after it"],
)
@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_truncated_tar_is_not_taken_for_a_whole_one(plan, name, data, skus):
    packed = zlib.compress(data, wbits=31) if name.endswith("gz") else data
    images, failures, _ = plan(name, packed)
    assert images == main_views(*skus)
    assert list(failures) == [name]


def test_joined_tars_are_read_to_the_end(plan):
    images, failures, _ = plan("a.tar", TAR + make_tar({"C.jpg": b"x"}))
    assert (images, failures) == (main_views("A", "B", "C"), {})


def test_a_tar_of_the_first_unix_systems_is_read(plan):
    header = bytearray(TAR[:512])
    header[257:] = bytes(255)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert plan("a.tar", bytes(header) + TAR[512:])[0] == main_views("A", "B")


def test_a_tar_header_with_a_negative_size_does_not_hang(plan):
    info = tarfile.TarInfo("Thumbs.db")
    header = bytearray(info.tobuf())
    header[124:136] = tarfile.itn(-512, 12, tarfile.GNU_FORMAT)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    images, failures, _ = plan("a.tar", TAR[:1536] + bytes(header) + bytes(1024))
    assert images == main_views("A")
    assert "negative size" in failures["a.tar"]


def test_a_zip_that_lists_fewer_files_than_it_has_is_refused(plan):
    data = bytearray(make_zip({"A.jpg": b"x", "B.jpg": b"y"}))
    struct.pack_into("<H", data, data.rfind(b"PK\x05\x06") + 10, 3)
    with pytest.raises(InvalidInput, match="should contain 3 files, but lists 2"):
        plan("a.zip", bytes(data))


@pytest.mark.parametrize("offset", [2**31, 2**63, 2**64 - 1])
def test_a_file_at_an_impossible_position_is_a_failure(plan, offset):
    data = bytearray(make_zip({"A.jpg": b"x", "B.jpg": b"y"}))
    entry = data.rfind(b"PK\x01\x02")
    struct.pack_into("<H", data, entry + 30, 12)  # length of the extra field
    struct.pack_into("<I", data, entry + 42, 0xFFFFFFFF)
    data[entry + 51 : entry + 51] = struct.pack("<HHQ", 1, 8, offset)
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 12, struct.unpack_from("<I", data, end + 12)[0] + 12)
    images, failures, _ = plan("a.zip", bytes(data))
    assert images == main_views("A")
    assert "damaged" in failures["B.jpg"]


def test_a_unicode_path_of_another_name_is_ignored(plan):
    info = zipfile.ZipInfo("A.jpg")
    field = b"\1" + struct.pack("<I", zlib.crc32(b"B.jpg")) + b"C.jpg"
    info.extra = struct.pack("<HH", 0x7075, len(field)) + field
    assert plan("a.zip", make_zip({info: b"x"}))[0] == main_views("A")


SYSTEM_FILES = [
    "@eaDir/A.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/A.jpg", "$RECYCLE.BIN/$R1.jpg",
    ".thumbnails/A.jpg", "b/.@__thumb/A.jpg", "._A.jpg", "System Volume Information/A.jpg",
    "__MACOSX/._A.jpg", "b/Thumbs.db", "lost+found/A.jpg", "@Recycle/A.jpg",
]  # fmt: skip


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_files_of_operating_systems_and_hidden_files_are_skipped(plan, make):
    data = make({name: b"x" for name in [*SYSTEM_FILES, "B-1.jpg"]})
    assert plan("a", data) == (main_views("B-1"), {}, "")


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("pics.tar.xz", None, "an xz file"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "a 7z archive"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        ("a.tar.bz2", b"BZh91AY&SY\x00\xff", "a bzip2 file"),
        ("a.tar.zst", b"\x28\xb5\x2f\xfd\x00", "a zstd file"),
        ("a.exe", b"MZ\x90\x00\x03", "a Windows program or a self-extracting archive"),
        ("a.z01", b"PK\x07\x08PK\x03\x04", "one part of a split zip archive"),
    ],
)
def test_an_archive_of_another_kind_is_named(plan, name, data, what):
    with pytest.raises(UnsupportedMediaType, match=f"this is {what}.*send a zip, tar or tar.gz"):
        plan(name, data)


def test_a_gzip_file_without_a_tar_is_named(plan):
    with pytest.raises(UnsupportedMediaType, match="contains no tar archive"):
        plan("A.jpg.gz", zlib.compress(b"\xff\xd8\xff" + bytes(100), wbits=31))


def test_an_excel_workbook_is_named(plan):
    with pytest.raises(UnsupportedMediaType, match="Excel workbook"):
        plan("items.xlsx", make_zip({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}))


@pytest.mark.parametrize(
    "file",
    [
        "img/1.jpg",
        "./img/1.jpg",
        "/img/1.jpg",
        "img\\1.jpg",
        ".\\img//1.jpg",
        "shop/img/1.jpg",
        "1.jpg",
    ],
)
def test_a_manifest_names_files_in_any_spelling_of_their_path(plan, file):
    data = make_zip({"shop/items.csv": f"sku,file\nX,{file}\n", "shop/img/1.jpg": b"x"})
    assert plan("a.zip", data) == (main_views("X"), {}, "")


def test_a_single_folder_is_a_category_if_folders_are_categories(plan):
    data = make_zip({"dress/1.jpg": b"x", "dress/2.jpg": b"y"})
    assert plan("dress.zip", data, folders="kind") == (main_views("1", "2"), {}, "")
