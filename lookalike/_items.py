"""The client's methods for items, their images and similarity search."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

from lookalike.errors import LocalProblem
from lookalike.job_handle import JobHandle, check_deletion, job_handle
from lookalike.models import (
    AvailabilityChanges,
    Dismissal,
    DuplicateGroup,
    ImageHealth,
    ImageProblems,
    Item,
    Matches,
    NewItems,
    Unavailable,
)
from lookalike.multipart_stream import FormPart, MultipartUpload, OnBytes
from lookalike.resumable_upload import upload_body
from lookalike.tar_stream import file_part, pack_folder
from lookalike.transport import Transport, collection_path, quote_segment
from lookalike.variety import (
    SearchOptions,
    SelectionOptions,
    SimilarOptions,
    SubstituteOptions,
    to_params,
)

Box = tuple[float, float, float, float]
Filter = Mapping[str, Any]
File = str | os.PathLike[str]


class ImportOptions(TypedDict, total=False):
    """How an import changes items; by default, new content is added and all else kept."""

    folders: str | None
    """An attribute: each image is an item, and the name of its subfolder is the attribute."""
    replace: bool
    """Items keep only the images and attributes that the import brings."""
    sync: bool
    """The import is the whole catalogue: afterwards, all other items are deleted."""
    max_deleted_share: float | None
    """The share of all items that `sync` may delete; if more are missing, nothing is imported."""
    dry_run: bool
    """Import and delete nothing; the job's `result` tells what would be."""


class ItemMethods:
    """The methods of `Lookalike` for items and similarity search."""

    _transport: Transport

    def import_folder(
        self, folder: File, collection: str, *, on_bytes: OnBytes | None = None,
        idempotency_key: str | None = None, **options: Unpack[ImportOptions],
    ) -> JobHandle:  # fmt: skip
        """Upload the images of a folder, and its items.csv or items.jsonl, as one stream.

        Each subfolder is an item, and its images are the item's views, unless the options say
        otherwise.

        Raises:
            LocalProblem: the folder does not exist or contains nothing to upload.
        """
        part = pack_folder(Path(folder))
        return self._import(collection, part, _import_form(options), on_bytes, idempotency_key)

    def import_archive(
        self, archive: File, collection: str, *, on_bytes: OnBytes | None = None,
        idempotency_key: str | None = None, **options: Unpack[ImportOptions],
    ) -> JobHandle:  # fmt: skip
        """Upload a zip or tar archive, a single image, or a CSV file alone.

        Raises:
            LocalProblem: the file does not exist or cannot be read.
        """
        part = file_part("files", Path(archive))
        return self._import(collection, part, _import_form(options), on_bytes, idempotency_key)

    def items(
        self, collection: str, filter: Filter | None = None, *, availability: str | None = None,
        skus: Iterable[str] | None = None,
    ) -> Iterator[Item]:  # fmt: skip
        """Yield the items of a collection, only those that match the filter if there is one.

        `availability`: only items that are `in_stock`, `out_of_stock` or `hidden`. `skus`: only
        items with these SKUs, at most 200; none may contain a comma.
        """
        params: dict[str, Any] = {"filter": json.dumps(filter)} if filter else {}
        params |= {"availability": availability} if availability else {}
        params |= {} if skus is None else {"skus": ",".join(skus)}
        return map(Item.from_json, self._transport.paginate(_items_path(collection), params))

    def item(self, collection: str, sku: str) -> Item:
        """Return one item."""
        return Item.from_json(self._transport.call("GET", _item_path(collection, sku)))

    def replace_item(
        self, collection: str, sku: str, images: Iterable[File],
        attributes: Mapping[str, Any] | None = None, *, on_bytes: OnBytes | None = None,
        idempotency_key: str | None = None,
    ) -> JobHandle:  # fmt: skip
        """Create an item, or replace all its images and attributes.

        A single image becomes the view `main`; several images become views that are named after
        their files.

        Raises:
            LocalProblem: a file does not exist or cannot be read.
        """
        parts = [file_part("files", Path(image)) for image in images]
        parts.append(FormPart.text("attributes", json.dumps(dict(attributes or {}))))
        body = MultipartUpload(parts, on_bytes)
        return self._upload("PUT", _item_path(collection, sku), body, idempotency_key)

    def change_item(
        self, collection: str, sku: str, attributes: Mapping[str, Any] | None = None, *,
        availability: str | None = None,
    ) -> Item:  # fmt: skip
        """Set attributes of an item, its availability, or both.

        The value None removes an attribute; all other attributes stay.
        """
        body: dict[str, Any] = {} if attributes is None else {"attributes": dict(attributes)}
        body |= {"availability": availability} if availability else {}
        return Item.from_json(self._transport.call("PATCH", _item_path(collection, sku), json=body))

    def set_availability(self, collection: str, states: Mapping[str, str]) -> AvailabilityChanges:
        """Set whether items are `in_stock`, `out_of_stock` or `hidden`, by SKU; applies at once."""
        path = f"{collection_path(collection)}/availability"
        body = self._transport.call("POST", path, json=dict(states))
        return AvailabilityChanges.from_json(body)

    def unavailable_items(self, collection: str, state: str | None = None) -> Iterator[Unavailable]:
        """Yield the items that are not in stock, only those with this state if there is one."""
        params = {"state": state} if state else {}
        path = f"{collection_path(collection)}/availability"
        return map(Unavailable.from_json, self._transport.paginate(path, params))

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

    def delete_item(self, collection: str, sku: str) -> None:
        """Delete an item; searches stop finding it immediately."""
        check_deletion(self._transport.delete(_item_path(collection, sku)), None)

    def image(
        self, collection: str, sku: str, view: str | None = None, *, size: int | None = None
    ) -> bytes:
        """Return an item's image exactly as uploaded; by default, the image of the first view.

        With `size`, the image is scaled down to a JPEG of at most `size` pixels per side.
        """
        values = {"view": view, "size": size}
        params = {name: value for name, value in values.items() if value is not None}
        return self._transport.get_bytes(f"{_item_path(collection, sku)}/image", params)

    def search(
        self, collection: str, image: File | bytes | None = None, *, limit: int = 10,
        min_score: float = 0, filter: Filter | None = None, crop: Box | None = None,
        **options: Unpack[SearchOptions],
    ) -> Matches:  # fmt: skip
        """Find items similar to an image, given as a path or as bytes; or those that fit `text`.

        `crop` limits the search to a part of the image. It states the left, top, right and bottom
        edges of this part as fractions of the width and height of the image.

        Raises:
            LocalProblem: the file does not exist or cannot be read.
        """
        form = _search_params(limit, min_score, filter) | to_params(options)
        if crop:
            form["crop"] = ",".join(map(str, crop))
        files = None if image is None else self._image_part(image)
        path = f"{collection_path(collection)}/search"
        return self._matches(self._transport.call("POST", path, data=form, files=files))

    def _image_part(self, image: File | bytes) -> dict[str, tuple[str, bytes, str]]:
        data = _image_bytes(image)
        self._transport.check_size(len(data), "max_image_mb")
        return {"image": ("image", data, "application/octet-stream")}

    def similar(
        self, collection: str, sku: str, *, limit: int = 10, min_score: float = 0,
        filter: Filter | None = None, **options: Unpack[SimilarOptions],
    ) -> Matches:  # fmt: skip
        """Find items similar to an item of the collection."""
        path = f"{_item_path(collection, sku)}/similar"
        params = _search_params(limit, min_score, filter) | to_params(options)
        return self._matches(self._transport.call("GET", path, params=params))

    def substitutes(
        self, collection: str, sku: str, *, limit: int = 10,
        price_range: float | None = 0.3, **options: Unpack[SubstituteOptions],
    ) -> Matches:  # fmt: skip
        """Find items in stock that look like an item and cost about as much.

        `price_range` is the share of the item's `price` by which prices may differ; None: prices
        do not matter.
        """
        params = {"limit": limit, "price_range": "off" if price_range is None else price_range}
        params |= to_params(options)
        path = f"{_item_path(collection, sku)}/substitutes"
        return self._matches(self._transport.call("GET", path, params=params))

    def new_items(
        self, collection: str, limit: int = 10, **options: Unpack[SelectionOptions]
    ) -> NewItems:
        """Return the newest items, by the time at which their SKU was first imported."""
        params = {"limit": limit} | to_params(options)
        body = self._transport.call("GET", f"{collection_path(collection)}/new", params=params)
        self._transport.make_image_urls_absolute(body["items"])
        return NewItems.from_json(body)

    def _import(
        self, collection: str, files: FormPart, form: list[FormPart],
        on_bytes: OnBytes | None, key: str | None,
    ) -> JobHandle:  # fmt: skip
        body = upload_body(self._transport, collection, [files, *form], on_bytes)
        return self._upload("POST", _items_path(collection), body, key)

    def _upload(self, method: str, path: str, body: MultipartUpload, key: str | None) -> JobHandle:
        return job_handle(self._transport, self._transport.upload(method, path, body, key))

    def _matches(self, body: dict[str, Any]) -> Matches:
        self._transport.make_image_urls_absolute(body["matches"])
        return Matches.from_json(body)


def _import_form(options: ImportOptions) -> list[FormPart]:
    """Return a form part for each option whose value is not the default of client and server."""
    return [
        FormPart.text(name, "true" if value is True else str(value))
        for name, value in options.items()
        if value is not None and value is not False
    ]


def _items_path(collection: str) -> str:
    return f"{collection_path(collection)}/items"


def _dismissals_path(collection: str) -> str:
    return f"{collection_path(collection)}/dismissals"


def _item_path(collection: str, sku: str) -> str:
    return f"{_items_path(collection)}/{quote_segment(sku)}"


def _search_params(limit: int, min_score: float, filter: Filter | None) -> dict[str, Any]:
    params: dict[str, Any] = {"limit": limit, "min_score": min_score}
    return params | ({"filter": json.dumps(filter)} if filter else {})


def _image_bytes(image: File | bytes) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return Path(image).read_bytes()
    except OSError as exc:
        raise LocalProblem(f"{os.fspath(image)} cannot be read: {exc.strerror}") from exc
