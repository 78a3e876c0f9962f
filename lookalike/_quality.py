"""The client's methods for what may be wrong with items: poor images and duplicates."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lookalike.models import Dismissal, DuplicateGroup, ImageHealth, ImageProblems
from lookalike.transport import Transport, collection_path, quote_segment


class QualityMethods:
    """The methods of `Lookalike` for poor images, duplicates, and their dismissal."""

    _transport: Transport

    def image_health(self, collection: str) -> ImageHealth:
        """Count what is wrong with the images of a collection: blurred, tiny, dark, and so on."""
        path = f"{collection_path(collection)}/health"
        return ImageHealth.from_json(self._transport.call("GET", path, params={"limit": 1}))

    def images_with_problems(
        self, collection: str, problem: str | None = None
    ) -> Iterator[ImageProblems]:
        """Yield the images that something is wrong with, by SKU; only those with one problem."""
        params = {"problem": problem} if problem else {}
        path = f"{collection_path(collection)}/health"
        return map(ImageProblems.from_json, self._transport.paginate(path, params))

    def duplicates(self, collection: str, kind: str | None = None) -> Iterator[DuplicateGroup]:
        """Yield groups of items that may be the same, only those of a kind if there is one.

        The kinds are `same_picture`, `same_product` and `variants`.
        """
        params = {"kind": kind} if kind else {}
        path = f"{collection_path(collection)}/duplicates"
        for group in self._transport.paginate(path, params):
            self._transport.make_image_urls_absolute(group["members"])
            yield DuplicateGroup.from_json(group)

    def dismiss_duplicates(
        self, collection: str, skus: Iterable[str], others: Iterable[str] = ()
    ) -> Dismissal:
        """Say that items are not duplicates of each other, or if there are `others`, of these.

        They are no longer listed as such.
        """
        return self._dismiss(collection, {"skus": list(skus), "others": list(others)})

    def dismiss_image(self, collection: str, sku: str, view: str) -> Dismissal:
        """Say that an image is fine; its problems, and those of the same file, are not listed."""
        return self._dismiss(collection, {"skus": [sku], "view": view})

    def dismissals(self, collection: str) -> Iterator[Dismissal]:
        """Yield what was dismissed, the newest first."""
        return map(Dismissal.from_json, self._transport.paginate(_dismissals_path(collection), {}))

    def delete_dismissal(self, collection: str, id: str) -> None:
        """Take a dismissal back: the duplicates or the image are listed again."""
        self._transport.delete(f"{_dismissals_path(collection)}/{quote_segment(id)}")

    def _dismiss(self, collection: str, body: Mapping[str, Any]) -> Dismissal:
        path = _dismissals_path(collection)
        return Dismissal.from_json(self._transport.call("POST", path, json=dict(body)))


def _dismissals_path(collection: str) -> str:
    return f"{collection_path(collection)}/dismissals"
