"""Merges the changes of requests into items, in the order of the requests.

Jobs do not always end in the order in which their requests arrived. Each attribute and each view
therefore keeps the sequence number of the request that last set it, and an older request never
overwrites the value. So items do not depend on the order of the writes: they are last-writer-wins
maps (https://doi.org/10.1007/978-3-642-24550-3_29). Attributes that are seen in an item's images
follow from the images after every change.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from core.domain import Attributes
from core.storage.item import Item, ItemImage, Versions, seen_attributes

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class ItemChange:
    """What one request changes about an item."""

    sku: str
    sequence: int
    """The sequence number of the request."""
    images: Mapping[str, ItemImage] = field(default_factory=dict)
    """The new images by view."""
    attributes: Attributes = field(default_factory=dict)
    """The new attributes; None removes an attribute."""
    replaces_images: bool = False
    """Whether the item keeps no older images."""
    replaces_attributes: bool = False
    """Whether the item keeps no older attributes."""

    @classmethod
    def deletion(cls, sku: str, sequence: int) -> "ItemChange":
        """Return the change that deletes an item."""
        return cls(sku, sequence, replaces_images=True, replaces_attributes=True)


@dataclass(frozen=True)
class ItemUpdate:
    """An item before and after a change; None stands for an item that does not exist."""

    change: ItemChange
    before: Item | None
    after: Item | None
    was_damaged: bool = False
    """Whether the item's document could not be read; `before` is None then."""

    @property
    def deletes(self) -> bool:
        """Whether the item is deleted."""
        return self.after is None and (self.before is not None or self.was_damaged)

    @property
    def attributes_changed(self) -> bool:
        """Whether the item exists before and after the change, with different attributes."""
        if self.before is None or self.after is None:
            return False
        return _differ(self.before.attributes, self.after.attributes)

    @property
    def own_attributes_changed(self) -> bool:
        """Like `attributes_changed`, apart from what is seen in images."""
        if self.before is None or self.after is None:
            return False
        return _differ(self.before.own_attributes, self.after.own_attributes)

    @property
    def content_changed(self) -> bool:
        """Whether images or attributes change, or the item is created or deleted."""
        if self.before is None or self.after is None:
            return self.after is not None or self.deletes
        return self.before.images != self.after.images or self.attributes_changed

    @property
    def images(self) -> tuple[ItemImage, ...]:
        """The images after the change."""
        return self.after.images if self.after else ()

    def adds(self, image: ItemImage) -> bool:
        """Return whether the change adds this image to the item; another origin is no new image."""
        before = self.before.images if self.before else ()
        had = any((old.view, old.file) == (image.view, image.file) for old in before)
        return image in self.images and not had

    @property
    def dropped_images(self) -> list[ItemImage]:
        """Images that the item loses."""
        files = {image.file for image in self.images}
        before = self.before.images if self.before else ()
        return [image for image in before if image.file not in files]

    @property
    def dropped_views(self) -> list[str]:
        """Views that the item loses, although another view may keep the image."""
        views = {image.view for image in self.images}
        before = self.before.images if self.before else ()
        return [image.view for image in before if image.view not in views]


def merge(before: Item | None, change: ItemChange, *, deleted: int, now: datetime) -> Item | None:
    """Return the item after a change, or None if there is no item afterwards.

    If a deleted item is changed, `deleted` is the sequence number of its deletion; otherwise 0.
    """
    item = before or _new_item(change.sku, deleted, now)
    images, view_versions = _merge_values(
        {image.view: image for image in item.images},
        item.view_versions,
        change.images,
        change.sequence,
        replace=change.replaces_images,
    )
    if not images and (before is None or change.replaces_images):
        return None
    attributes, attribute_versions = _merge_values(
        item.own_attributes,
        item.attribute_versions,
        change.attributes,
        change.sequence,
        replace=change.replaces_attributes,
    )
    after = item.model_copy(
        update={
            "images": tuple(images.values()),
            "attributes": attributes | seen_attributes(images.values()),
            "view_versions": view_versions,
            "attribute_versions": attribute_versions,
        }
    )
    changed = ItemUpdate(change, before, after).content_changed
    return after.model_copy(update={"updated_at": now}) if changed else after


def _new_item(sku: str, deleted: int, now: datetime) -> Item:
    floor = Versions(floor=deleted)
    return Item(
        sku=sku, created_at=now, updated_at=now, attribute_versions=floor, view_versions=floor
    )


def _merge_values(
    values: Mapping[str, _Value],
    versions: Versions,
    new: Mapping[str, _Value | None],
    sequence: int,
    *,
    replace: bool,
) -> tuple[dict[str, _Value], Versions]:
    """Return values and versions after a request; None in `new` stands for a value to remove."""
    floor = max(versions.floor, sequence) if replace else versions.floor
    accepted = {name: value for name, value in new.items() if sequence >= versions.of(name)}
    numbers = versions.numbers | dict.fromkeys(accepted, sequence)
    numbers = {name: number for name, number in numbers.items() if number >= floor}
    merged = {
        name: value
        for name, value in {**values, **accepted}.items()
        if value is not None and numbers.get(name, 0) >= floor
    }
    return merged, Versions(floor=floor, numbers=numbers)


def _differ(before: Attributes, after: Attributes) -> bool:
    """Return whether attributes differ in value or type: for Python, 1 equals 1.0 and True."""
    return before != after or json.dumps(before) != json.dumps(after)
