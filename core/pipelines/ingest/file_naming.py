"""Which item a file belongs to, and as which view of it."""

from pathlib import PurePosixPath

from core.domain import MAIN_VIEW, check_sku, check_view

_VIEWS_OF_ONE_ITEM = 20


def name_of(path: str, *, inside: bool) -> tuple[str, str]:
    """The sku and the view of a file: `A-12.jpg` is A-12's main view, `A-12/back.jpg` its back.

    Only inside an archive does a folder name the sku.

    Raises:
        InvalidInput: no sku or view can be made of the name.
    """
    parts = PurePosixPath(path.replace("\\", "/")).parts
    stem = PurePosixPath(parts[-1]).stem if parts else ""
    if inside and len(parts) > 1:
        return check_sku(parts[-2]), check_view(stem)
    return check_sku(stem), MAIN_VIEW


def common_folder(paths: list[str], *, archive: str = "") -> str:
    """The top folder, with its slash, that holds all files of an archive and is no item; or "".

    `shop.zip` made of a folder `shop/` names its files `shop/A.jpg`. A lone folder is one item
    with several views only if it holds a few plain files, and the archive has another name.
    """
    split = [path.replace("\\", "/").split("/") for path in paths]
    tops = {parts[0] for parts in split}
    if len(tops) != 1 or any(len(parts) == 1 for parts in split):
        return ""
    top = tops.pop()
    nested = any(len(parts) > 2 for parts in split)
    packed_whole = top == PurePosixPath(archive).name.partition(".")[0]
    return f"{top}/" if nested or packed_whole or len(paths) > _VIEWS_OF_ONE_ITEM else ""
