import io
import os
import tarfile
import tracemalloc

import pytest

import core.archives.members
from lookalike.errors import LocalProblem
from lookalike.tar_stream import SYSTEM_NAMES, file_part, pack_folder, skipped_files

MEGABYTE = 1_000_000


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)


def unpacked(archive):
    data = io.BytesIO(b"".join(archive.chunks()))
    with tarfile.open(fileobj=data, mode="r:") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_a_folder_comes_out_of_the_archive_as_it_went_in(tmp_path):
    names = ["A-1.jpg", "A-2/front.PNG", "A-2/back.webp", "items.csv", "größe ü/weiß.jpeg"]
    names.append("long" * 40 + "/" + "name" * 40 + ".jpg")
    write(tmp_path, *names)
    assert unpacked(pack_folder(tmp_path)) == {name: name.encode() * 100 for name in names}


def test_the_size_is_known_before_a_byte_is_read(tmp_path):
    write(tmp_path, "a.jpg", "b/" + "ü" * 90 + ".png", "items.jsonl")
    archive = pack_folder(tmp_path)
    assert archive.size == len(b"".join(archive.chunks()))


def test_files_that_are_neither_image_nor_manifest_are_skipped(tmp_path):
    write(tmp_path, "a.jpg", "notes.txt", "deep/items.csv", ".hidden.jpg", ".git/b.jpg")
    write(tmp_path, "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/b.jpg", "b/.@__thumb/c.jpg")
    write(tmp_path, "Thumbs.db", "b/desktop.ini", "b/c.jxl", "d.zip")
    assert list(unpacked(pack_folder(tmp_path))) == ["a.jpg"]
    skipped = [path.relative_to(tmp_path).as_posix() for path in skipped_files(tmp_path)]
    assert skipped == ["d.zip", "notes.txt", "b/c.jxl", "deep/items.csv"]


def test_files_of_operating_systems_are_those_that_the_server_ignores():
    assert SYSTEM_NAMES == core.archives.members._JUNK


def test_a_file_name_that_is_not_utf_8_is_sent_as_it_is(tmp_path):
    (tmp_path / os.fsdecode(b"Gr\xf6\xdfe.jpg")).write_bytes(b"x")
    (name,) = unpacked(pack_folder(tmp_path))
    assert os.fsencode(name) == b"Gr\xf6\xdfe.jpg"


def test_a_manifest_alone_is_enough(tmp_path):
    write(tmp_path, "items.csv", "readme.md")
    assert list(unpacked(pack_folder(tmp_path))) == ["items.csv"]


def test_a_large_folder_is_packed_in_little_memory(tmp_path):
    for number in range(4):
        with (tmp_path / f"{number}.jpg").open("wb") as file:
            file.truncate(50 * MEGABYTE)
    tracemalloc.start()
    archive = pack_folder(tmp_path)
    total = sum(len(chunk) for chunk in archive.chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 200 * MEGABYTE
    assert peak < 2 * MEGABYTE


def test_an_image_that_became_shorter_aborts_the_archive(tmp_path):
    write(tmp_path, "a.jpg")
    archive = pack_folder(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(LocalProblem, match="shrank"):
        list(archive.chunks())


def test_an_image_that_became_longer_keeps_its_announced_size(tmp_path):
    write(tmp_path, "a.jpg")
    archive = pack_folder(tmp_path)
    with (tmp_path / "a.jpg").open("ab") as file:
        file.write(b"more")
    assert unpacked(archive) == {"a.jpg": b"a.jpg" * 100}


@pytest.mark.parametrize("names", [[], ["sales.csv"], ["readme.md", ".x.jpg"]])
def test_a_folder_without_images_is_refused(tmp_path, names):
    write(tmp_path, *names)
    with pytest.raises(LocalProblem, match="no images"):
        pack_folder(tmp_path)


def test_a_file_is_read_in_chunks_and_up_to_its_announced_size(tmp_path):
    path = tmp_path / "shop.zip"
    path.write_bytes(bytes(range(256)) * 4000)
    part = file_part("files", path)
    with path.open("ab") as file:
        file.write(b"came later")
    chunks = list(part.chunks())
    assert len(chunks) > 2
    assert b"".join(chunks) == bytes(range(256)) * 4000


def test_a_file_that_became_shorter_is_reported(tmp_path):
    path = tmp_path / "shop.zip"
    path.write_bytes(b"whole")
    part = file_part("files", path)
    path.write_bytes(b"ha")
    with pytest.raises(LocalProblem, match="shrank"):
        list(part.chunks())
