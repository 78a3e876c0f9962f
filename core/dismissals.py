"""What a shop has accepted: items that are not duplicates of each other, images that are fine."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from core.domain import ImageProblem
from core.records import Record

_ID_LENGTH = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DismissalPlace(NamedTuple):
    """The place of a dismissal among all others, which stays the same while others come and go."""

    microseconds: int
    """When it was dismissed, since 1970."""
    id: str


class Dismissal(Record):
    """Items that are not duplicates of each other, or an image that is fine as it is."""

    id: str
    """Depends only on the items, or on the file of the image."""
    skus: tuple[str, ...]
    """At least two items; perhaps only one if there are `others`, or if this is about an image."""
    others: tuple[str, ...] = ()
    """Items that only those of `skus` are not duplicates of; without any, all of `skus` differ."""
    view: str | None = None
    """The image's name; None if this is about duplicates."""
    file: str | None = None
    """The beginning of the hash of the image's file."""
    problems: tuple[ImageProblem, ...] = ()
    """What the shop does not mind in the image."""
    dismissed_at: datetime

    @property
    def place(self) -> DismissalPlace:
        """The place among all others, by time."""
        return DismissalPlace((self.dismissed_at - _EPOCH) // timedelta(microseconds=1), self.id)


class Dismissals(Record):
    """All dismissals of a collection, the oldest first."""

    entries: tuple[Dismissal, ...] = ()

    def problems(self) -> dict[str, frozenset[ImageProblem]]:
        """Return what the shop does not mind, by the file of each dismissed image."""
        return {entry.file: frozenset(entry.problems) for entry in self.entries if entry.file}


class DistinctItems:
    """Which items are not duplicates of each other."""

    def __init__(self, dismissals: Dismissals) -> None:
        self._groups: dict[str, list[frozenset[str]]] = {}
        for entry in dismissals.entries:
            if not entry.file:
                self._add(entry.skus, entry.others or entry.skus)
                self._add(entry.others, entry.skus)

    def _add(self, skus: Iterable[str], others: Iterable[str]) -> None:
        group = frozenset(others)
        for sku in skus:
            self._groups.setdefault(sku, []).append(group)

    def duplicates(self, skus: Collection[str]) -> set[str]:
        """Return those of these items that may be a duplicate of another one of them."""
        items = frozenset(skus)
        return {sku for sku in items if items - self._others(sku) - {sku}}

    def _others(self, sku: str) -> frozenset[str]:
        return frozenset().union(*self._groups.get(sku, ()))


def dismiss_duplicates(skus: Iterable[str], now: datetime, others: Iterable[str] = ()) -> Dismissal:
    """Return that items are not duplicates of each other, or if there are `others`, of these."""
    items, others = tuple(sorted(set(skus))), tuple(sorted(set(others)))
    return Dismissal(
        id=_id_of("items", *items, *(("", *others) if others else ())), skus=items, others=others,
        dismissed_at=now,
    )  # fmt: skip


def dismiss_image(
    sku: str, view: str, file: str, problems: Sequence[ImageProblem], now: datetime
) -> Dismissal:
    """Return that an image is fine in spite of these problems, and its file in other items, too."""
    return Dismissal(
        id=_id_of("image", file), skus=(sku,), view=view, file=file, problems=tuple(problems),
        dismissed_at=now,
    )  # fmt: skip


def _id_of(*names: str) -> str:
    return sha256("\n".join(names).encode()).hexdigest()[:_ID_LENGTH]
