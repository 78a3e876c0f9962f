"""Sales of one collection: a folder for each upload, and one for each generation of lists.

An upload counts once its `report.json` is there, which is written last.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.storage.collections import Collection
from core.storage.files import Files
from core.storage.items import Items

LEDGER, REJECTS = "ledger.parquet", "rejects.csv"
_MATERIAL = "material.arrow"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class SalesUpload(_Record):
    """A sales file that was taken in."""

    id: str
    filename: str
    imported_at: datetime
    digest: str = ""
    """SHA-256 of the file; empty once something of it has been erased."""
    report: dict[str, Any]


class Training(_Record):
    """When a generation was learned, and from what."""

    at: datetime
    saw: str
    """A digest of sales and items; another one now means stale."""


class Shared(_Record):
    """A generation whose lists are made by several workers, each a part of them."""

    saw: str
    revision: int
    users: int
    parts: int


class Recommender(_Record):
    """Which generation of lists is served, and which came before it."""

    live: str | None = None
    previous: str | None = None
    trainings: dict[str, Training] = {}
    """Those of the two generations."""
    revision: int = 0
    """Raised when sales were deleted or a customer erased."""

    @property
    def training(self) -> Training | None:
        """That of the generation that is served."""
        return self.trainings.get(self.live) if self.live else None


class SalesFiles:
    """The sales below one collection's folder. Callers hold its lock while they change them."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder

    def uploads(self) -> list[SalesUpload]:
        """All uploads, the oldest first."""
        names = self._files.names(f"{self._folder}/sales")
        uploads = [found for name in names if (found := self.find(name))]
        return sorted(uploads, key=lambda one: (one.imported_at, one.id))

    def upload(self, upload: str) -> SalesUpload:
        """One upload.

        Raises:
            NotFound: there is none of that id.
        """
        if (found := self.find(upload)) is None:
            raise NotFound(f"sales upload {upload[:80]!r} does not exist in this collection")
        return found

    def find(self, upload: str) -> SalesUpload | None:
        """One upload, or None."""
        row = self._files.find(self._path(upload, "report.json"))
        return SalesUpload.model_validate_json(row) if row else None

    def put(self, upload: SalesUpload) -> None:
        """Say that an upload is whole."""
        self._files.write(self._path(upload.id, "report.json"), upload.model_dump_json().encode())

    def remove(self, upload: str) -> None:
        """Remove an upload."""
        self._files.delete(self._path(upload, "report.json"))
        self._files.delete_tree(f"{self._folder}/sales/{upload}")

    def writing(self, upload: str, name: str) -> AbstractContextManager[BinaryIO]:
        """Write a file of an upload: `ledger.parquet` or `rejects.csv`."""
        return self._files.writing(self._path(upload, name))

    def reading(self, upload: str, name: str) -> AbstractContextManager[BinaryIO]:
        """Read a file of an upload."""
        return self._files.reading(self._path(upload, name))

    @contextmanager
    def rewriting(self, upload: str, name: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """A file of an upload as it is, and what is to stand in its place afterwards."""
        with self.reading(upload, name) as before, self.writing(upload, name) as after:
            yield before, after

    def recommender(self) -> Recommender:
        """What is served."""
        row = self._files.find(f"{self._folder}/recommender.json")
        return Recommender.model_validate_json(row) if row else Recommender()

    def put_recommender(self, recommender: Recommender) -> None:
        """Say what is served from now on."""
        text = recommender.model_dump_json().encode()
        self._files.write(f"{self._folder}/recommender.json", text)

    def write_lists(self, generation: str, name: str, rows: Iterable[Any]) -> None:
        """Write a block of lists, a line of JSON each."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self._files.write(self._list(generation, f"{name}.jsonl"), text.encode())

    def read_lists(self, generation: str, name: str) -> Iterator[Any]:
        """The rows of a block."""
        for line in self._files.read(self._list(generation, f"{name}.jsonl")).splitlines():
            yield json.loads(line)

    def blocks(self, generation: str) -> list[str]:
        """The names of a generation's blocks of users' lists, in order."""
        names = self._files.names(f"{self._folder}/lists/{generation}")
        return [name[:-6] for name in names if name.startswith("users-")]

    def put_named(self, generation: str, part: str, skus: Iterable[str]) -> None:
        """Write which skus a part of a generation's lists name."""
        text = json.dumps(sorted(skus))
        self._files.write(self._list(generation, f"skus-{part}.json"), text.encode())

    def named(self, generation: str) -> set[str]:
        """The skus that a generation's lists name."""
        names = self._files.names(f"{self._folder}/lists/{generation}")
        rows = [
            self._files.read(self._list(generation, name))
            for name in names
            if name.startswith("skus")  # older generations have one file of them
        ]
        return {sku for row in rows for sku in json.loads(row)}

    def writing_material(self, generation: str) -> AbstractContextManager[BinaryIO]:
        """Write what a generation is learned from, for all who make its lists."""
        return self._files.writing(self._list(generation, _MATERIAL))

    def material(self, generation: str) -> AbstractContextManager[BinaryIO]:
        """Read it.

        Raises:
            NotFound: there is none, or sales of it were erased.
        """
        return self._files.reading(self._list(generation, _MATERIAL))

    def put_shared(self, generation: str, shared: Shared) -> None:
        """Say that a generation's lists are made by several."""
        text = shared.model_dump_json().encode()
        self._files.write(self._list(generation, "shared.json"), text)

    def shared(self, generation: str) -> Shared:
        """How a generation's lists are shared out.

        Raises:
            NotFound: they are not, or the generation was dropped.
        """
        text = self._files.read(self._list(generation, "shared.json"))
        return Shared.model_validate_json(text)

    def drop_material(self, generation: str) -> None:
        """Remove it: all lists are made, or it tells of what must be forgotten."""
        self._files.delete(self._list(generation, _MATERIAL))

    def put_report(self, generation: str, report: dict[str, Any]) -> None:
        """Write what a training has found."""
        self._files.write(self._list(generation, "report.json"), json.dumps(report).encode())

    def report(self, generation: str) -> dict[str, Any]:
        """What a training has found.

        Raises:
            NotFound: there is no such generation.
        """
        found: dict[str, Any] = json.loads(self._files.read(self._list(generation, "report.json")))
        return found

    def generations(self) -> list[str]:
        """All generations of which something is there."""
        return self._files.names(f"{self._folder}/lists")

    def drop_generation(self, generation: str) -> None:
        """Remove a generation."""
        self._files.delete_tree(f"{self._folder}/lists/{generation}")

    def _path(self, upload: str, name: str) -> str:
        return f"{self._folder}/sales/{upload}/{name}"

    def _list(self, generation: str, name: str) -> str:
        return f"{self._folder}/lists/{generation}/{name}"


def state_of(collection: Collection, files: Files) -> str:
    """A digest of what a training sees: sales, erasures, items and their vectors."""
    sales = SalesFiles(files, collection.folder)
    uploads = ",".join(upload.id for upload in sales.uploads())
    counts = dict(Items(files, collection.folder).count())
    seen = f"{uploads}|{sales.recommender().revision}|{counts}|{collection.space}"
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
