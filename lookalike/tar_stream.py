"""A folder of pictures as a tar archive that is made while it is sent, never whole in memory."""

import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lookalike.errors import LocalProblem
from lookalike.multipart_stream import Part

PICTURES = frozenset({
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif",
    ".tiff", ".webp",
})  # fmt: skip
MANIFESTS = frozenset({"items.csv", "items.jsonl"})
PIECE = 256 * 1024
_BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True)
class Packed:
    """A file, and the header that stands before it in the archive."""

    path: Path
    size: int
    header: bytes

    @property
    def room(self) -> int:
        """The bytes that it takes in the archive."""
        return len(self.header) + self.size + -self.size % _BLOCK

    def pieces(self) -> Iterator[bytes]:
        """Yield the file as it stands in the archive.

        Raises:
            LocalProblem: it has become shorter since the folder was looked through.
        """
        yield self.header
        with self.path.open("rb") as file:
            yield from _exactly(file, self.size, self.path)
        yield bytes(-self.size % _BLOCK)


@dataclass(frozen=True)
class FolderArchive:
    """The archive of a folder: pictures at any depth, and the manifest that lies at its top."""

    files: tuple[Packed, ...]
    left_out: int
    """Files that are neither."""

    @property
    def pictures(self) -> int:
        """How many pictures are in it."""
        return sum(file.path.suffix.lower() in PICTURES for file in self.files)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return sum(file.room for file in self.files) + 2 * _BLOCK

    def pieces(self) -> Iterator[bytes]:
        """Yield the archive's bytes."""
        for file in self.files:
            yield from file.pieces()
        yield bytes(2 * _BLOCK)


def pack(folder: Path) -> FolderArchive:
    """Look through a folder; only names and sizes are kept. Hidden files are passed over.

    Raises:
        LocalProblem: it is not a folder, cannot be read, or has neither picture nor manifest in it.
    """
    if not folder.is_dir():
        raise LocalProblem(f"{folder} is not a folder")
    files: list[Packed] = []
    left_out = 0
    for path in _walk(folder):
        if _is_wanted(path, folder):
            files.append(_packed(path, folder))
        else:
            left_out += 1
    archive = FolderArchive(tuple(files), left_out)
    if not archive.files:
        kinds = ", ".join(sorted(PICTURES))
        raise LocalProblem(f"{folder} has no pictures in it ({kinds}), and no manifest")
    return archive


def file_part(field: str, path: Path) -> Part:
    """Return a file as a part of a form, read while it is sent.

    Raises:
        LocalProblem: there is no such file, it cannot be read, or it became shorter meanwhile.
    """
    if not path.is_file():
        raise LocalProblem(f"{path} is not a file")
    size = path.stat().st_size

    def pieces() -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                yield from _exactly(file, size, path)
        except OSError as exc:
            raise LocalProblem(f"{path} cannot be read: {exc.strerror}") from exc

    return Part(field, path.name, size, pieces)


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in sorted(names) if not name.startswith("."))


def _refuse(error: OSError) -> None:
    raise LocalProblem(f"{error.filename} cannot be read: {error.strerror}") from error


def _is_wanted(path: Path, folder: Path) -> bool:
    if path.suffix.lower() in PICTURES:
        return path.is_file()
    return path.parent == folder and path.name.lower() in MANIFESTS


def _packed(path: Path, folder: Path) -> Packed:
    member = tarfile.TarInfo(path.relative_to(folder).as_posix())
    member.size = path.stat().st_size
    header = member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return Packed(path, member.size, header)


def _exactly(file: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    left = size
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise LocalProblem(f"{path} became shorter while it was being sent; send it again")
        left -= len(piece)
        yield piece
