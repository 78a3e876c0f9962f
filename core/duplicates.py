"""Groups of items that show the same picture, the same product, or a product in other colours."""

from collections.abc import Set
from datetime import datetime
from enum import StrEnum
from typing import Self

from core.records import Record


class DuplicateKind(StrEnum):
    """Why items are in a group."""

    SAME_PICTURE = "same_picture"
    """The same photo, perhaps cropped, turned, mirrored, framed or recompressed."""
    SAME_PRODUCT = "same_product"
    """Other photos, so alike that they may show the same product."""
    VARIANTS = "variants"
    """The same shape in another colour."""


class GroupMember(Record):
    """An item of a group."""

    sku: str
    view: str
    score: float
    """The highest score of this view with another member of the group."""


class DuplicateGroup(Record):
    """Items that belong together, the ones with the highest scores first."""

    kind: DuplicateKind
    members: tuple[GroupMember, ...]

    @property
    def skus(self) -> set[str]:
        """The SKUs of the items."""
        return {member.sku for member in self.members}

    def without(self, skus: Set[str]) -> Self:
        """Return the group without these items; perhaps fewer than two are left."""
        members = tuple(member for member in self.members if member.sku not in skus)
        return self.model_copy(update={"members": members})


class Duplicates(Record):
    """All groups of a collection, those with the highest scores first."""

    found_at: datetime
    groups: tuple[DuplicateGroup, ...] = ()
