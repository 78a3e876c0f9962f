"""Derives the SKU and view of an image from its file name and folder.

By default, an archive of `shirts/1.jpg`, `shirts/2.jpg` ... is one item `shirts` with many views.
On request, folders are categories instead; a warning suggests this if an item has too many views. A
single folder around all files may be an item, or merely the folder that was packed: see
`top_folder`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.archives.members import path_parts
from core.domain import MAIN_VIEW, check_sku, check_view
from core.pipelines.ingest.manifest import NAMES
from core.storage import PlannedImage

_MANY_VIEWS = 12  # on average
_VIEW_WORD = re.compile(
    r"(main|front|back|side|left|right|top|bottom|inside|outside|detail|close-?up|zoom|worn|model)"
    r"([-_ ]?\d{1,2})?",
    re.IGNORECASE,
)
_VIEW_NUMBER = re.compile(
    r"((view|img|dsc|dscn|dscf|pxl|image|photo|picture)[-_ ]?)?\d+", re.IGNORECASE
)


@dataclass(frozen=True)
class TopFolder:
    """The folder around all files; `path` ends in a slash, or is empty if the folder is an item."""

    path: str = ""
    warning: str | None = None
    """What was assumed if the names do not say whether the folder is an item."""


def sku_and_view(path: str, *, in_archive: bool) -> tuple[str, str]:
    """Return SKU and view: `A-12.jpg` is the main view of A-12, `A-12/back.jpg` its view `back`.

    A folder names the SKU only inside an archive.

    Raises:
        InvalidInput: the name contains no valid SKU or view.
    """
    parts = path_parts(path)
    stem = PurePosixPath(parts[-1]).stem if parts else ""
    if in_archive and len(parts) > 1:
        return check_sku(parts[-2]), check_view(stem)
    return check_sku(stem), MAIN_VIEW


def top_folder(paths: list[str], *, archive: str) -> TopFolder:
    """Return the folder around all files, which is not part of their names.

    A folder that contains all files directly is an item if the files are named like views, such
    as `front` or `2`, and the archive is not named after the folder.
    """
    path = ""
    while folder := _only_folder(paths):
        paths = [name.removeprefix(folder) for name in paths]
        if not any("/" in name for name in paths):
            return _flat_folder(path, folder, paths, archive)
        path += folder
    return TopFolder(path)


def _only_folder(paths: list[str]) -> str:
    folders = {path.partition("/")[0] if "/" in path else "" for path in paths}
    folder = folders.pop() if len(folders) == 1 else ""
    return f"{folder}/" if folder else ""


def _flat_folder(path: str, folder: str, names: list[str], archive: str) -> TopFolder:
    name, stems = folder[:-1], [PurePosixPath(file).stem for file in names]
    has_manifest = any(file.lower() in NAMES for file in names)
    named_after = _is_named_after(archive, name)
    are_words = all(_VIEW_WORD.fullmatch(stem) for stem in stems)
    are_views = are_words or all(_is_view(stem, name) for stem in stems)
    if are_views and not named_after and not has_manifest:
        return TopFolder(path, None if are_words else _item_warning(archive, name, len(names)))
    is_clear = has_manifest or (named_after and not are_views)
    return TopFolder(path + folder, None if is_clear else _files_warning(archive, name, len(names)))


def _is_view(stem: str, folder: str) -> bool:
    return bool(_VIEW_WORD.fullmatch(stem) or _VIEW_NUMBER.fullmatch(stem)) or (
        stem.lower().startswith(folder.lower())
    )


def _is_named_after(archive: str, folder: str) -> bool:
    """Return whether an archive is named after its folder, e.g. `Shoes (1).zip` after `Shoes`."""
    archive, folder = (re.sub(r"[\W_]+", "-", name.lower()) for name in (archive, folder))
    return f"{archive}-".startswith(f"{folder.rstrip('-')}-")


def _item_warning(archive: str, folder: str, count: int) -> str:
    return (
        f"{archive} has a single folder, {folder!r}: its {count:,} "
        f"image{'' if count == 1 else 's'} became views of one item of that name. If they show "
        "different items, delete this item and pack the images without the folder."
    )


def _files_warning(archive: str, folder: str, count: int) -> str:
    return (
        f"{archive} has a single folder, {folder!r}: its {count:,} "
        f"image{' became an item' if count == 1 else 's became items'} named after the files, not "
        "after the folder. If they all show one item, delete these items and upload the images "
        "to that item."
    )


def folder_of(path: str) -> str:
    """Return the name of a file's folder; "" at the top level."""
    return next(iter(path_parts(path)[-2:-1]), "")


def category_warning(images: Iterable[PlannedImage]) -> str | None:
    """Return a warning if items named after their folders have suspiciously many images."""
    skus = [image.sku for image in images if folder_of(image.file) == image.sku]
    items = len(set(skus))
    if len(skus) <= _MANY_VIEWS * items:
        return None
    return (
        f"{len(skus):,} images became views of {items:,} item{'' if items == 1 else 's'} named "
        "after their folders. If the folders are categories, not items, delete these items and "
        "upload the images again, and say that folders are categories (parameter folders=kind): "
        "each image then becomes an item, with the name of its folder as the attribute `kind`."
    )
