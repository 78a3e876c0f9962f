"""Folders that are kinds of items and not items: seen when they look so, taken as such when told.

An archive of `shirts/1.jpg`, `shirts/2.jpg` ... is else one item `shirts` with very many views.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from core.storage import Entry

_MANY_VIEWS = 12


def kind_of_folder(path: str) -> str:
    """The folder that a file is in, as the kind of its item; "" if it is in none."""
    return PurePosixPath(path.replace("\\", "/")).parent.name


def warning_of(entries: Iterable[Entry]) -> str | None:
    """What to tell where items that are named by their folders have so many pictures."""
    skus = [entry.sku for entry in entries if kind_of_folder(entry.file) == entry.sku]
    items = len(set(skus))
    if len(skus) <= _MANY_VIEWS * items:
        return None
    return (
        f"{len(skus):,} pictures became views of {items:,} item{'' if items == 1 else 's'}, named "
        "by their folders. If the folders are kinds, not items, delete these and send all again "
        "with folders=kind: then each picture is an item, and its folder the attribute `kind`"
    )
