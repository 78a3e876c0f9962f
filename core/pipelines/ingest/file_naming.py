"""Derives the sku and view of an image from its file name."""

from pathlib import PurePosixPath

from core.domain import MAIN_VIEW, check_sku, check_view

_VIEWS_OF_AN_ITEM = 20


def sku_and_view(path: str, *, in_archive: bool) -> tuple[str, str]:
    """Return (sku, view): `A-12.jpg` is the main view of A-12, `A-12/back.jpg` its view `back`.

    A folder names the sku only inside an archive.

    Raises:
        InvalidInput: the name contains no valid sku or view.
    """
    parts = PurePosixPath(path.replace("\\", "/")).parts
    stem = PurePosixPath(parts[-1]).stem if parts else ""
    if in_archive and len(parts) > 1:
        return check_sku(parts[-2]), check_view(stem)
    return check_sku(stem), MAIN_VIEW


def common_folder(paths: list[str], *, archive: str = "") -> str:
    """Return the top folder, with its slash, that contains all files but is not an item; or "".

    `shop.zip` made of a folder `shop/` names its files `shop/A.jpg`. A single folder is one item
    with several views only if it contains a few plain files and the archive has another name.
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
