"""Derives the SKU and view of an image from its file name and folder.

By default, an archive of `shirts/1.jpg`, `shirts/2.jpg` ... is one item `shirts` with many views.
On request, folders are categories instead; a warning suggests this if an item has too many views.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from core.domain import MAIN_VIEW, check_sku, check_view
from core.storage import PlannedImage

_VIEWS_OF_AN_ITEM = 20
_MANY_VIEWS = 12  # on average


def sku_and_view(path: str, *, in_archive: bool) -> tuple[str, str]:
    """Return SKU and view: `A-12.jpg` is the main view of A-12, `A-12/back.jpg` its view `back`.

    A folder names the SKU only inside an archive.

    Raises:
        InvalidInput: the name contains no valid SKU or view.
    """
    parts = PurePosixPath(path.replace("\\", "/")).parts
    stem = PurePosixPath(parts[-1]).stem if parts else ""
    if in_archive and len(parts) > 1:
        return check_sku(parts[-2]), check_view(stem)
    return check_sku(stem), MAIN_VIEW


def common_folder(paths: list[str], *, archive: str = "") -> str:
    """Return the top folder, with a slash, if it contains all files and is not an item; else "".

    A folder `shop/` packed as `shop.zip` yields names like `shop/A.jpg`. A single folder is an item
    only if it contains few files and no folders, and the archive has another name.
    """
    split = [path.replace("\\", "/").split("/") for path in paths]
    tops = {parts[0] for parts in split}
    if len(tops) != 1 or any(len(parts) == 1 for parts in split):
        return ""
    top = tops.pop()
    nested = any(len(parts) > 2 for parts in split)
    named_like_archive = top == PurePosixPath(archive).name.partition(".")[0]
    too_many = len(paths) > _VIEWS_OF_AN_ITEM
    return f"{top}/" if nested or named_like_archive or too_many else ""


def folder_of(path: str) -> str:
    """Return the name of a file's folder; "" at the top level."""
    return PurePosixPath(path.replace("\\", "/")).parent.name


def category_warning(images: Iterable[PlannedImage]) -> str | None:
    """Return a warning if items named after their folders have suspiciously many images."""
    skus = [image.sku for image in images if folder_of(image.file) == image.sku]
    items = len(set(skus))
    if len(skus) <= _MANY_VIEWS * items:
        return None
    return (
        f"{len(skus):,} images became views of {items:,} item{'' if items == 1 else 's'} named "
        "after their folders. If the folders are categories, not items, delete these items and "
        "upload the images again with folders=kind: each image then becomes an item, with its "
        "folder as the attribute `kind`"
    )
