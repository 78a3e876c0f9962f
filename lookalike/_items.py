"""The client's methods for items and their images."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

from lookalike.job_handle import JobHandle, check_deletion, job_handle
from lookalike.models import AvailabilityChanges, Item, Unavailable
from lookalike.multipart_stream import FormPart, MultipartUpload, OnBytes
from lookalike.resumable_upload import upload_body
from lookalike.tar_stream import file_part, pack_folder
from lookalike.transport import OnHint, Transport, collection_path, item_path

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
    """The methods of `Lookalike` for items."""

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
        skus: Iterable[str] | None = None, on_hint: OnHint | None = None,
    ) -> Iterator[Item]:  # fmt: skip
        """Yield the items of a collection, only those that match the filter if there is one.

        `availability`: only items that are `in_stock`, `out_of_stock` or `hidden`. `skus`: only
        items with these SKUs, at most 200; none may contain a comma. `on_hint` gets the reason why
        no item matches the filter, if the server knows it.
        """
        params: dict[str, Any] = {"filter": json.dumps(filter)} if filter else {}
        params |= {"availability": availability} if availability else {}
        if skus is not None:
            names = [sku for sku in skus if sku.strip()]
            if not names:  # to the server, an empty parameter means all items
                return iter(())
            params["skus"] = ",".join(names)
        rows = self._transport.paginate(_items_path(collection), params, on_hint)
        return map(Item.from_json, rows)

    def item(self, collection: str, sku: str) -> Item:
        """Return one item."""
        return Item.from_json(self._transport.call("GET", item_path(collection, sku)))

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
        return self._upload("PUT", item_path(collection, sku), body, idempotency_key)

    def change_item(
        self, collection: str, sku: str, attributes: Mapping[str, Any] | None = None, *,
        availability: str | None = None,
    ) -> Item:  # fmt: skip
        """Set attributes of an item, its availability, or both.

        The value None removes an attribute; all other attributes stay.
        """
        body: dict[str, Any] = {} if attributes is None else {"attributes": dict(attributes)}
        body |= {"availability": availability} if availability else {}
        return Item.from_json(self._transport.call("PATCH", item_path(collection, sku), json=body))

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

    def delete_item(self, collection: str, sku: str) -> None:
        """Delete an item; searches stop finding it immediately."""
        check_deletion(self._transport.delete(item_path(collection, sku)), None)

    def image(
        self, collection: str, sku: str, view: str | None = None, *, size: int | None = None
    ) -> bytes:
        """Return an item's image exactly as uploaded; by default, the image of the first view.

        With `size`, the image is scaled down to a JPEG of at most `size` pixels per side.
        """
        values = {"view": view, "size": size}
        params = {name: value for name, value in values.items() if value is not None}
        return self._transport.get_bytes(f"{item_path(collection, sku)}/image", params)

    def _import(
        self, collection: str, files: FormPart, form: list[FormPart],
        on_bytes: OnBytes | None, key: str | None,
    ) -> JobHandle:  # fmt: skip
        body = upload_body(self._transport, collection, [files, *form], on_bytes)
        return self._upload("POST", _items_path(collection), body, key)

    def _upload(self, method: str, path: str, body: MultipartUpload, key: str | None) -> JobHandle:
        return job_handle(self._transport, self._transport.upload(method, path, body, key))


def _import_form(options: ImportOptions) -> list[FormPart]:
    """Return a form part for each option whose value is not the default of client and server."""
    return [
        FormPart.text(name, "true" if value is True else str(value))
        for name, value in options.items()
        if value is not None and value is not False
    ]


def _items_path(collection: str) -> str:
    return f"{collection_path(collection)}/items"
