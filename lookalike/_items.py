"""What a server can be asked about the items of its collections."""

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lookalike.errors import LocalProblem
from lookalike.models import Item, Job, Matches
from lookalike.multipart_stream import OnBytes, Part, Upload, no_bytes
from lookalike.polling import job_of
from lookalike.tar_stream import file_part, pack
from lookalike.transport import Transport, collection_path, quoted

Box = tuple[float, float, float, float]
Filter = Mapping[str, Any]
File = str | os.PathLike[str]


class ItemCalls:
    """The methods of `Lookalike` that are about items, their pictures and look-alikes."""

    _http: Transport

    def import_folder(
        self, folder: File, collection: str, *, folders: str | None = None,
        on_bytes: OnBytes = no_bytes, idempotency_key: str | None = None,
    ) -> Job:  # fmt: skip
        """Send a folder's pictures, and its items.csv or items.jsonl if it has one, as one stream.

        A folder in it is an item, and its pictures are views; with `folders="kind"` each picture
        is an item, and the name of its folder the attribute `kind`.

        Raises:
            LocalProblem: there is no such folder, or nothing to send in it.
        """
        path = Path(folder)
        archive = pack(path)
        name = f"{path.resolve().name or 'folder'}.tar"
        part = Part("files", name, archive.size, archive.pieces)
        upload = Upload((part, *_kinds(folders)), on_bytes)
        return self._send("POST", _items(collection), upload, idempotency_key)

    def import_archive(
        self, archive: File, collection: str, *, folders: str | None = None,
        on_bytes: OnBytes = no_bytes, idempotency_key: str | None = None,
    ) -> Job:  # fmt: skip
        """Send a zip or tar archive, a single picture, or items.csv alone, from the disk.

        Raises:
            LocalProblem: there is no such file.
        """
        upload = Upload((file_part("files", Path(archive)), *_kinds(folders)), on_bytes)
        return self._send("POST", _items(collection), upload, idempotency_key)

    def items(self, collection: str, filter: Filter | None = None) -> Iterator[Item]:
        """Yield the items of a collection, all or those that the filter lets through."""
        params = {"filter": json.dumps(filter)} if filter else {}
        return map(Item.of, self._http.pages(_items(collection), params))

    def item(self, collection: str, sku: str) -> Item:
        """Return one item."""
        return Item.of(self._http.call("GET", _item(collection, sku)))

    def replace_item(
        self, collection: str, sku: str, pictures: Iterable[File],
        attributes: Mapping[str, Any] | None = None, *, on_bytes: OnBytes = no_bytes,
        idempotency_key: str | None = None,
    ) -> Job:  # fmt: skip
        """Put an item there with these pictures and attributes only.

        A lone picture `A-12.jpg` is the view `main`; in a folder or archive each has its own name.

        Raises:
            LocalProblem: a file is not there.
        """
        parts = [file_part("files", Path(picture)) for picture in pictures]
        parts.append(Part.text("attributes", json.dumps(dict(attributes or {}))))
        upload = Upload(parts, on_bytes)
        return self._send("PUT", _item(collection, sku), upload, idempotency_key)

    def change_item(self, collection: str, sku: str, attributes: Mapping[str, Any]) -> Item:
        """Set attributes of an item; those not named stay, None takes one away."""
        body = {"attributes": dict(attributes)}
        return Item.of(self._http.call("PATCH", _item(collection, sku), json=body))

    def delete_item(self, collection: str, sku: str) -> None:
        """Delete an item; it is gone from searches at once."""
        self._http.delete(_item(collection, sku))

    def picture(
        self, collection: str, sku: str, view: str | None = None, *, size: int | None = None
    ) -> bytes:
        """Return a picture of an item as it was uploaded; the first one, if no view is named.

        With `size`, a JPEG of at most that many pixels a side.
        """
        params = {"view": view, "size": size}
        asked = {name: value for name, value in params.items() if value is not None}
        return self._http.data(f"{_item(collection, sku)}/image", asked)

    def search(
        self, image: File | bytes, collection: str, *, limit: int = 10, min_score: float = 0,
        filter: Filter | None = None, crop: Box | None = None,
    ) -> Matches:  # fmt: skip
        """Find items that look like a picture: a path or its bytes, whole or cropped.

        `crop` is left, top, right, bottom as fractions of the picture.

        Raises:
            LocalProblem: there is no such file.
        """
        form = _question(limit, min_score, filter)
        if crop:
            form["crop"] = ",".join(map(str, crop))
        files = {"image": ("image", _bytes(image), "application/octet-stream")}
        path = f"{collection_path(collection)}/search"
        return self._found(self._http.call("POST", path, data=form, files=files))

    def similar(
        self, collection: str, sku: str, *, limit: int = 10, min_score: float = 0,
        filter: Filter | None = None,
    ) -> Matches:  # fmt: skip
        """Find items that look like an item of the collection."""
        path = f"{_item(collection, sku)}/similar"
        return self._found(self._http.call("GET", path, params=_question(limit, min_score, filter)))

    def _send(self, method: str, path: str, upload: Upload, key: str | None) -> Job:
        return job_of(self._http, self._http.send(method, path, upload, key or uuid.uuid4().hex))

    def _found(self, body: dict[str, Any]) -> Matches:
        for match in body["matches"]:
            match["image_url"] = self._http.absolute(match["image_url"])
        return Matches.of(body)


def _items(collection: str) -> str:
    return f"{collection_path(collection)}/items"


def _item(collection: str, sku: str) -> str:
    return f"{_items(collection)}/{quoted(sku)}"


def _kinds(folders: str | None) -> tuple[Part, ...]:
    return (Part.text("folders", folders),) if folders else ()


def _question(limit: int, min_score: float, filter: Filter | None) -> dict[str, Any]:
    question: dict[str, Any] = {"limit": limit, "min_score": min_score}
    return question | ({"filter": json.dumps(filter)} if filter else {})


def _bytes(image: File | bytes) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return Path(image).read_bytes()
    except OSError as exc:
        raise LocalProblem(f"{os.fspath(image)} cannot be read: {exc.strerror}") from exc
