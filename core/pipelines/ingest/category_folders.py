"""Folders that name categories rather than items: used on request, detected for a warning.

By default an archive of `shirts/1.jpg`, `shirts/2.jpg` ... is one item `shirts` with many views.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from core.storage import PlannedImage

_MANY_VIEWS = 12


def folder_of(path: str) -> str:
    """Return the name of the folder that a file is in; "" at the top level."""
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
        "upload again with folders=kind: each image then becomes an item, with its folder as the "
        "attribute `kind`"
    )
