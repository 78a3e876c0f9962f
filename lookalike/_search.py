"""The client's methods that find items: by image, by text, by likeness, or the newest ones."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

from lookalike.errors import LocalProblem
from lookalike.models import Matches, NewItems
from lookalike.transport import Transport, collection_path, item_path
from lookalike.variety import (
    SearchOptions,
    SelectionOptions,
    SimilarOptions,
    SubstituteOptions,
    to_params,
)

Box = tuple[float, float, float, float]
File = str | os.PathLike[str]
Filter = Mapping[str, Any]


class SearchMethods:
    """The methods of `Lookalike` for searches, similar items, substitutes and new items."""

    _transport: Transport

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
        path = f"{item_path(collection, sku)}/similar"
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
        path = f"{item_path(collection, sku)}/substitutes"
        return self._matches(self._transport.call("GET", path, params=params))

    def new_items(
        self, collection: str, limit: int = 10, **options: Unpack[SelectionOptions]
    ) -> NewItems:
        """Return the newest items, by the time at which their SKU was first imported."""
        params = {"limit": limit} | to_params(options)
        body = self._transport.call("GET", f"{collection_path(collection)}/new", params=params)
        self._transport.make_image_urls_absolute(body["items"])
        return NewItems.from_json(body)

    def _matches(self, body: dict[str, Any]) -> Matches:
        self._transport.make_image_urls_absolute(body["matches"])
        return Matches.from_json(body)


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
