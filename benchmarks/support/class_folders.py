"""Folders of classes: each subfolder has the images of one class."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

GALLERY, QUERIES = "validation", "test"


@dataclass(frozen=True)
class ClassFolder:
    """Images to search, and images to search with; an image's class is the name of its folder."""

    name: str
    gallery: tuple[Path, ...]
    queries: tuple[Path, ...]
    """If they are the gallery, each image is searched among the others."""

    @property
    def leave_one_out(self) -> bool:
        """Whether the queries are the gallery."""
        return self.queries == self.gallery

    @property
    def all(self) -> tuple[Path, ...]:
        """The gallery, then the queries, each image once."""
        return self.gallery if self.leave_one_out else self.gallery + self.queries


def read_class_folder(folder: Path) -> ClassFolder:
    """Read `validation` (the gallery) and `test` (the queries), or else the classes themselves.

    Raises:
        SystemExit: there are no images, or no image of a query's class can be found.
    """
    if (folder / GALLERY).is_dir() and (folder / QUERIES).is_dir():
        images = ClassFolder(folder.name, _images(folder / GALLERY), _images(folder / QUERIES))
    else:
        images = ClassFolder(folder.name, _images(folder), _images(folder))
    classes = [path.parent.name for path in images.gallery]
    for query in images.queries:
        if classes.count(query.parent.name) < 1 + images.leave_one_out:
            raise SystemExit(f"{query}: the gallery has no other image of this class")
    return images


def _images(folder: Path) -> tuple[Path, ...]:
    known = Image.registered_extensions()
    paths = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in known)
    if not paths:
        raise SystemExit(f"{folder} has no subfolders with images")
    return tuple(paths)
