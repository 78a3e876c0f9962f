"""An index of the images of items, with what is wrong with each, kept with the cards."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import orjson

from core.domain import ImageProblem

_HASH_LENGTH = 16


class AssessedImage(Protocol):
    """An image of an item."""

    @property
    def view(self) -> str:
        """Its name."""

    @property
    def sha256(self) -> str:
        """The hash of its file."""

    @property
    def problems(self) -> tuple[ImageProblem, ...] | None:
        """What is wrong with it; None if nobody has looked."""


class IndexedImage(NamedTuple):
    """An image of the index."""

    sku: str
    view: str
    file: str
    """The beginning of the hash of its file."""
    problems: tuple[ImageProblem, ...] | None
    """What is wrong with it; None if nobody has looked."""


def to_entry(images: Iterable[AssessedImage]) -> str:
    """Return the entry of an item's images."""
    rows = [(image.view, image.sha256[:_HASH_LENGTH], image.problems) for image in images]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def read_entries(entries: dict[bytes, bytes]) -> list[IndexedImage]:
    """Return the images of the index, sorted by SKU, given the entry of each SKU."""
    return [
        IndexedImage(sku.decode(), view, file, _problems(problems))
        for sku, entry in sorted(entries.items())
        for view, file, problems in orjson.loads(entry)
    ]


def _problems(names: Sequence[Any] | None) -> tuple[ImageProblem, ...] | None:
    return None if names is None else tuple(map(ImageProblem, names))
