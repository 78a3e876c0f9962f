"""Folders and files as form parts that are read while they are sent, to save memory."""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from lookalike.errors import LocalProblem
from lookalike.multipart_stream import FormPart

IMAGE_SUFFIXES = frozenset({
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif",
    ".tiff", ".webp",
})  # fmt: skip
SYSTEM_NAMES = frozenset({
    "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "@recycle",
    "#recycle", "#snapshot", "$recycle.bin", "recycler", "system volume information", "lost+found",
})  # fmt: skip
"""Folders and files that operating systems create, in lower case; the server ignores them, too."""
MANIFEST_NAMES = frozenset({"items.csv", "items.jsonl"})
CHUNK_BYTES = 256 * 1024
_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)


def pack_folder(folder: Path) -> FormPart:
    """Return a folder as a tar archive: its images at any depth, and a manifest at the top level.

    The archive is built while it is sent: only names and sizes are held in memory. All other files
    are left out; see `skipped_files`.

    Raises:
        LocalProblem: the path is not a readable folder, or it contains no image or manifest.
    """
    paths = folder_files(folder)
    members = [_tar_member(path, folder) for path in paths]

    def chunks() -> Iterator[bytes]:
        for header, file in members:
            yield header
            yield from file.chunks()
            yield bytes(-file.size % _BLOCK)
        yield _END

    size = sum(len(header) + file.size + -file.size % _BLOCK for header, file in members)
    name = f"{folder.resolve().name or 'folder'}.tar"
    return FormPart("files", name, size + len(_END), chunks, partial(_fingerprint, paths))


def folder_files(folder: Path) -> list[Path]:
    """Return the files of a folder that `pack_folder` packs, in the same order.

    Raises:
        LocalProblem: the path is not a readable folder, or it contains no image or manifest.
    """
    if not folder.is_dir():
        raise LocalProblem(f"{folder} is not a folder")
    files = [path for path in _walk(folder) if _is_included(path, folder)]
    if not files:
        suffixes = ", ".join(sorted(IMAGE_SUFFIXES))
        raise LocalProblem(f"{folder} contains no images ({suffixes}) and no manifest")
    return files


def skipped_files(folder: Path) -> list[Path]:
    """Return the files that `pack_folder` leaves out, except hidden and system files."""
    return [path for path in _walk(folder) if not _is_included(path, folder)]


def file_part(field: str, path: Path) -> FormPart:
    """Return a file as a form part that is read while it is sent.

    Raises:
        LocalProblem: the path is not a readable file, or the file shrank while it was sent.
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

    return FormPart(field, path.name, size, chunks, partial(_fingerprint, [path]))


def _fingerprint(paths: Sequence[Path]) -> str:
    """Return a digest of the paths, sizes and times of files.

    Raises:
        LocalProblem: a file does not exist any more.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = path.stat()
        except OSError as exc:
            raise LocalProblem(f"{path} cannot be read: {exc.strerror}") from exc
        row = f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}\n"
        digest.update(row.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=_raise_unreadable):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        yield from (Path(root, name) for name in sorted(names) if not _is_hidden(name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM_NAMES


def _raise_unreadable(error: OSError) -> None:
    raise LocalProblem(f"{error.filename} cannot be read: {error.strerror}") from error


def _is_included(path: Path, folder: Path) -> bool:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return path.is_file()
    return path.parent == folder and path.name.lower() in MANIFEST_NAMES


def _tar_member(path: Path, folder: Path) -> tuple[bytes, FormPart]:
    """Return a file, and the tar header that precedes it."""
    file = file_part("files", path)
    info = tarfile.TarInfo(path.relative_to(folder).as_posix())
    info.size = file.size
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"), file


def _read_exactly(file: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    remaining = size
    while remaining:
        chunk = file.read(min(CHUNK_BYTES, remaining))
        if not chunk:
            raise LocalProblem(f"{path} shrank while it was being sent; send the file again")
        remaining -= len(chunk)
        yield chunk
