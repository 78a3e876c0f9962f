"""Recognises folders whose import would probably create items that the user does not expect."""

import re
from collections import Counter
from pathlib import Path

from lookalike.tar_stream import MANIFEST_NAMES, folder_files

MANY_VIEWS = 12  # on average; the server warns about the same number
_VIEW = re.compile(
    r"(main|front|back|rear|side|left|right|top|bottom|detail|close-?up|inside|outside|model|view)"
    r"[-_ ]?\d*",
    re.IGNORECASE,
)


def doubt(folder: Path) -> str | None:
    """Return why importing a folder without `--folders-are` may be a mistake, or None."""
    files = folder_files(folder)
    if any(path.name.lower() in MANIFEST_NAMES for path in files):
        return None
    stems = [path.stem for path in files]
    if len(files) > 1 and all(path.parent == folder for path in files):
        return _doubt_item(folder, stems) if all(map(_VIEW.fullmatch, stems)) else None
    views = Counter(path.parent for path in files if path.parent != folder)
    if views.total() > MANY_VIEWS * len(views):
        return (
            f"{views.total():,} images in {len(views):,} folders would become views of items named "
            "after the folders; if the folders are categories, use --folders-are kind"
        )
    return None


def _doubt_item(folder: Path, stems: list[str]) -> str:
    names = ", ".join(sorted(stems)[:4])
    return (
        f"{folder} looks like the folder of one item, but its images would become items called "
        f"{names}; to import them as views of one item, import its parent folder, or use "
        f"`lookalike items replace {folder.resolve().name}`"
    )
