"""A folder of images as a tar archive that is built while it is sent, never whole in memory."""

import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lookalike.errors import LocalProblem
from lookalike.multipart_stream import FormPart

IMAGE_SUFFIXES = frozenset({
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif",
    ".tiff", ".webp",
})  # fmt: skip
MANIFEST_NAMES = frozenset({"items.csv", "items.jsonl"})
CHUNK_BYTES = 256 * 1024
_BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True)
class TarMember:
    """A file with its tar header."""

    path: Path
    size: int
    header: bytes

    @property
    def archived_size(self) -> int:
        """The bytes that it occupies in the archive: header, content, padding."""
        return len(self.header) + self.size + -self.size % _BLOCK

    def chunks(self) -> Iterator[bytes]:
        """Yield header, content and padding.

        Raises:
            LocalProblem: the file has become shorter since the folder was scanned.
        """
        yield self.header
        with self.path.open("rb") as file:
            yield from _read_exactly(file, self.size, self.path)
        yield bytes(-self.size % _BLOCK)


@dataclass(frozen=True)
class FolderArchive:
    """The archive of a folder: its images at any depth, and a manifest at the top level."""

    members: tuple[TarMember, ...]

    @property
    def size(self) -> int:
        """The length of the archive in bytes."""
        return sum(member.archived_size for member in self.members) + 2 * _BLOCK

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the archive."""
        for member in self.members:
            yield from member.chunks()
        yield bytes(2 * _BLOCK)


def pack_folder(folder: Path) -> FolderArchive:
    """Scan a folder for images and a manifest; hidden files and folders are ignored.

    Only names and sizes are held in memory.

    Raises:
        LocalProblem: not a folder, not readable, or without any image or manifest.
    """
    if not folder.is_dir():
        raise LocalProblem(f"{folder} is not a folder")
    included = (path for path in _walk(folder) if _is_included(path, folder))
    members = tuple(_tar_member(path, folder) for path in included)
    if not members:
        suffixes = ", ".join(sorted(IMAGE_SUFFIXES))
        raise LocalProblem(f"{folder} contains no images ({suffixes}) and no manifest")
    return FolderArchive(members)


def file_part(field: str, path: Path) -> FormPart:
    """Return a file as a form part that is read while it is sent.

    Raises:
        LocalProblem: not a file, not readable, or it became shorter while it was sent.
    """
    if not path.is_file():
        raise LocalProblem(f"{path} is not a file")
    size = path.stat().st_size

    def chunks() -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                yield from _read_exactly(file, size, path)
        except OSError as exc:
            raise LocalProblem(f"{path} cannot be read: {exc.strerror}") from exc

    return FormPart(field, path.name, size, chunks)


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=_raise_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in sorted(names) if not name.startswith("."))


def _raise_unreadable(error: OSError) -> None:
    raise LocalProblem(f"{error.filename} cannot be read: {error.strerror}") from error


def _is_included(path: Path, folder: Path) -> bool:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return path.is_file()
    return path.parent == folder and path.name.lower() in MANIFEST_NAMES


def _tar_member(path: Path, folder: Path) -> TarMember:
    info = tarfile.TarInfo(path.relative_to(folder).as_posix())
    info.size = path.stat().st_size
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return TarMember(path, info.size, header)


def _read_exactly(file: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    remaining = size
    while remaining:
        chunk = file.read(min(CHUNK_BYTES, remaining))
        if not chunk:
            raise LocalProblem(f"{path} became shorter while it was being sent; send it again")
        remaining -= len(chunk)
        yield chunk
