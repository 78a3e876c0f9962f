"""The members of zip and tar archives, the checks of their names, and the limit on their size.

Names are never used as paths, so an archive cannot write to the disk.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.code_pages import guess_code_page
from core.errors import CoreError, InvalidInput, UnsupportedMediaType

_JUNK = {
    "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "@recycle",
    "#recycle", "#snapshot", "$recycle.bin", "recycler", "system volume information", "lost+found",
}  # fmt: skip
_ARCHIVES = (
    ".zip", ".tar", ".tgz", ".gz", ".rar", ".7z", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".cab",
)  # fmt: skip
_ALWAYS_ALLOWED_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ArchiveMember:
    """A file of an upload, alone or in an archive; a rejected file has an `error`."""

    name: str
    inside: bool
    offset: int = 0
    size: int = 0
    compressed_size: int | None = None
    """Length of the deflated bytes; None if they are stored."""
    crc: int | None = None
    blob: str = "pack"
    """The file of the upload that contains the bytes."""
    code_page: str | None = None
    """The assumed code page of the name, if the archive does not say it and it is not UTF-8."""
    top_folder: str = ""
    """The folder around all files of the archive, with a slash, which is not part of the name."""
    error: CoreError | None = None


def with_checked_names(members: Iterable[ArchiveMember]) -> list[ArchiveMember]:
    """Return the members with names decoded and normalised; those to be rejected have an error.

    Folders, hidden files, and files that operating systems add are omitted. In the given names,
    bytes that are not UTF-8 are surrogates (Python's error handler `surrogateescape`).
    """
    named = (_with_checked_name(member) for member in _decode_names(list(members)))
    return [member for member in named if not (_is_folder(member.name) or is_junk(member.name))]


def is_decoded(name: str) -> bool:
    """Return whether a name has no bytes left to decode."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def is_junk(name: str) -> bool:
    """Return whether a path leads to a file that operating systems add, or to a hidden file."""
    return any(
        part.lower() in _JUNK or (part[0] == "." and part != "..") for part in path_parts(name)
    )


def path_parts(path: str) -> list[str]:
    """Return the folders and the file that a path names; faster than `PurePath.parts`."""
    return [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]


def normal_path(name: str) -> str:
    """Return a path by which files are compared: NFC, with `/`, without `./` or a leading `/`."""
    return "/".join(path_parts(unicodedata.normalize("NFC", name).strip()))


def max_unpacked_size(packed_size: int, max_ratio: int) -> int:
    """Return how many bytes a file may unpack to: `max_ratio` times its size, at least 16 MiB."""
    return max(_ALWAYS_ALLOWED_BYTES, packed_size * max_ratio)


def _decode_names(members: list[ArchiveMember]) -> list[ArchiveMember]:
    raw = {
        member.name: member.name.encode("utf-8", "surrogateescape")
        for member in members
        if not is_decoded(member.name)
    }
    if not raw:
        return members
    page = guess_code_page(raw.values(), dos=True)
    return [
        replace(member, name=raw[member.name].decode(page, "replace"), code_page=page)
        if member.name in raw
        else member
        for member in members
    ]


def _with_checked_name(member: ArchiveMember) -> ArchiveMember:
    if _is_folder(member.name):
        return member
    error = _name_error(member.name) or member.error
    name = member.name if error else normal_path(member.name)
    if (name, error) == (member.name, member.error):  # of almost all; a copy takes longer
        return member
    return replace(member, name=name, error=error)


def _name_error(name: str) -> CoreError | None:
    parts, is_absolute = path_parts(name), name.startswith(("/", "\\"))
    if "\0" in name or not (parts or is_absolute):
        return InvalidInput("the file has no valid name in the archive; pack it again")
    if is_absolute or ".." in parts or parts[0].endswith(":"):
        return InvalidInput(
            "the file's path leads out of the archive; pack it again, without '..' in its path"
        )
    if name.lower().endswith(_ARCHIVES):
        return UnsupportedMediaType("the file is an archive inside an archive; send it separately")
    return None


def _is_folder(name: str) -> bool:
    return name.endswith(("/", "\\"))
