"""The client's methods for the sales and recommendations of a collection."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Unpack
from urllib.parse import urlencode

from lookalike.job_handle import JobHandle, delete_by_job, job_handle, request_job
from lookalike.models import (
    BasketRecommendations,
    BoughtTogether,
    Customer,
    Order,
    PopularItems,
    Recommendations,
    RowReason,
    SalesFile,
)
from lookalike.multipart_stream import OnBytes
from lookalike.resumable_upload import upload_body
from lookalike.tar_stream import file_part
from lookalike.training import Training
from lookalike.transport import Transport, collection_path, quote_segment
from lookalike.variety import ListOptions, Selection, SelectionOptions, to_params


class Recommender:
    """The sales and recommendations of one collection; created by `Lookalike.recommender`."""

    def __init__(self, transport: Transport, collection: str) -> None:
        self._transport = transport
        self._collection = collection
        self._path = collection_path(collection)

    def add_sales(
        self, file: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None,
        dates: Literal["day-first", "month-first"] | None = None, encoding: str | None = None,
        on_bytes: OnBytes | None = None, idempotency_key: str | None = None,
    ) -> JobHandle:  # fmt: skip
        """Upload order lines as a plain, gzipped or zipped CSV file; a training run follows.

        `columns` maps Lookalike's column names to the names in the file, like {"sku": "Artikel"}.
        Common names are recognised without a mapping. `dates` says in which order day and month
        stand in dates such as 01/02/2026, and `encoding` which text encoding the file has, such as
        "windows-1250"; both are detected if they are not stated.

        Raises:
            LocalProblem: the file cannot be read.
        """
        parts = [file_part("file", Path(file))]
        body = upload_body(self._transport, self._collection, parts, on_bytes)
        pairs = ",".join(f"{column}:{name}" for column, name in (columns or {}).items())
        options = {"columns": pairs, "dates": dates, "encoding": encoding}
        query = urlencode({name: value for name, value in options.items() if value})
        path = f"{self._path}/sales" + (f"?{query}" if query else "")
        return job_handle(
            self._transport, self._transport.upload("POST", path, body, idempotency_key)
        )

    def sales(self) -> list[SalesFile]:
        """Return the imported sales files, each with its import report."""
        rows = self._transport.call("GET", f"{self._path}/sales")["items"]
        return [SalesFile.from_json(row) for row in rows]

    def rejects(self, upload: str) -> Iterator[bytes]:
        """Stream the rejected rows of an upload as CSV."""
        path = f"{self._path}/sales/{quote_segment(upload)}/rejects.csv"
        return self._transport.stream_bytes(path, {})

    def reasons(self, upload: str, examples: int = 5) -> list[RowReason]:
        """Return why rows of an upload do not count, each reason with its first rows."""
        path = f"{self._path}/sales/{quote_segment(upload)}/reasons?examples={examples}"
        return [RowReason.from_json(row) for row in self._transport.call("GET", path)["items"]]

    def delete_sales(self, upload: str | None = None) -> JobHandle:
        """Delete the sales of one upload, or all sales."""
        path = f"{self._path}/sales" + (f"/{quote_segment(upload)}" if upload else "")
        return delete_by_job(self._transport, path, self._collection, "delete-sales")

    def train(self) -> JobHandle:
        """Train the recommender now; the new lists are served even if a rollback is in effect."""
        return request_job(self._transport, "POST", f"{self._path}/recommender")

    def state(self) -> Training:
        """Return the generation being served, with its training report."""
        return Training.from_json(self._transport.call("GET", f"{self._path}/recommender"))

    def report_page(self) -> str:
        """Return the training report as an HTML page with plots."""
        return self._transport.get_bytes(f"{self._path}/recommender/report", {}).decode()

    def roll_back(self) -> Training:
        """Serve the previous generation, until `train` or `end_rollback` is called."""
        path = f"{self._path}/recommender/rollback"
        return Training.from_json(self._transport.call("POST", path))

    def end_rollback(self) -> Training:
        """Serve the newest generation again."""
        path = f"{self._path}/recommender/rollback"
        return Training.from_json(self._transport.call("DELETE", path))

    def users(self, prefix: str = "") -> Iterator[Customer]:
        """Yield the customers whose names start with a prefix."""
        rows = self._transport.paginate(f"{self._path}/users", {"prefix": prefix, "limit": 200})
        return map(Customer.from_json, rows)

    def orders(self, user: str) -> Iterator[Order]:
        """Yield the orders of a customer, newest first, as of the last training run."""
        path = f"{self._path}/users/{_user_segment(user)}/orders"
        return map(Order.from_json, self._transport.paginate(path, {"limit": 200}))

    def recommend(
        self, user: str, limit: int = 10, *, country: str = "", zip: str = "",
        **options: Unpack[ListOptions],
    ) -> Recommendations:  # fmt: skip
        """Return the recommendations for a customer.

        An unknown customer gets items popular in the given country and postal code; such items
        also complete a list that is too short. If `user` is an e-mail address, only its MD5 is
        sent.
        """
        path = f"{self._path}/users/{_user_segment(user)}/recommendations"
        params = {"limit": limit, "country": country, "zip": zip} | to_params(options)
        body = self._transport.call("GET", path, params=params)
        self._transport.make_image_urls_absolute(body["recommendations"])
        return Recommendations.from_json(body)

    def recommend_for_basket(  # noqa: PLR0913
        self, skus: Sequence[str], limit: int = 10, *, user: str = "",
        exclude: Sequence[str] = (), filter: Mapping[str, Any] | None = None,
        country: str = "", zip: str = "", include_out_of_stock: bool = False,
    ) -> BasketRecommendations:  # fmt: skip
        """Return what goes with a basket, or with the items that a visitor has looked at.

        `skus` are the items, the newest last. `user` is the customer, if known; if it is an e-mail
        address, only its MD5 is sent. If too few items go with the basket, items popular in the
        given country and postal code follow.
        """
        body = {
            "skus": list(skus), "limit": limit, "user": _hashed(user), "exclude": list(exclude),
            "filter": filter, "country": country, "zip": zip,
            "include": "out_of_stock" if include_out_of_stock else None,
        }  # fmt: skip
        answer = self._transport.call("POST", f"{self._path}/recommendations", json=body)
        self._transport.make_image_urls_absolute(answer["recommendations"])
        return BasketRecommendations.from_json(answer)

    def popular(
        self, limit: int = 10, *, country: str = "", zip: str = "", days: int | None = None,
        **options: Unpack[SelectionOptions],
    ) -> PopularItems:  # fmt: skip
        """Return the items that are popular in a country and postal code, best first.

        `days` may be 7, 30 or 90: only orders of the last days before the newest one are counted.
        """
        params = {"limit": limit, "country": country, "zip": zip}
        params |= to_params({"days": days, **options})
        body = self._transport.call("GET", f"{self._path}/popular", params=params)
        self._transport.make_image_urls_absolute(body["items"])
        return PopularItems.from_json(body)

    def bought_together(
        self, sku: str, limit: int = 10, **options: Unpack[Selection]
    ) -> list[BoughtTogether]:
        """Return the items that are bought together with an item, the strongest link first."""
        path = f"{self._path}/items/{quote_segment(sku)}/bought-together"
        params = {"limit": limit} | to_params(options)
        rows = self._transport.call("GET", path, params=params)["items"]
        self._transport.make_image_urls_absolute(rows)
        return [BoughtTogether.from_json(row) for row in rows]

    def erase(self, user: str) -> JobHandle:
        """Erase a customer's purchases and recommendations; then retrain without the purchases."""
        path = f"{self._path}/users/{_user_segment(user)}"
        return delete_by_job(self._transport, path, self._collection, "erase-user")

    def lists(
        self, format: Literal["csv", "jsonl"] = "jsonl", *, include_out_of_stock: bool = False
    ) -> Iterator[bytes]:
        """Stream all recommendation lists: as CSV, a row per item; as JSON, a line per customer.

        Hidden items are left out, and those out of stock unless included; merchandising rules do
        not apply.
        """
        params = {"format": format} | to_params({"include_out_of_stock": include_out_of_stock})
        return self._transport.stream_bytes(f"{self._path}/recommendations", params)

    def mailing(  # noqa: PLR0913 - one argument per parameter of the request
        self, items: int = 4, *, format: Literal["csv", "jsonl"] = "csv", title: str = "",
        price: str = "", link: str = "", image: str = "", filter: Mapping[str, Any] | None = None,
        bought_within: int | None = None, include_out_of_stock: bool = False,
        language: Literal["en", "de", "fr", "es", "it"] = "en", gzip: bool = False,
        bom: bool = False,
    ) -> Iterator[bytes]:  # fmt: skip
        """Stream a row per customer, with the first items of their list, for an e-mail template.

        `title` and `price` name attributes of the items. `link` and `image` are addresses with
        `{sku}` in place of the SKU, or also name attributes. `bought_within=90` chooses customers
        who bought something in the 90 days before the newest order. `language` is that of the
        reasons. `bom` marks a CSV file as UTF-8, which Excel needs.
        """
        include = "out_of_stock" if include_out_of_stock else None
        options = {
            "items": items, "format": format, "title": title, "price": price, "link": link,
            "image": image, "filter": json.dumps(filter) if filter else None, "include": include,
            "bought_within": bought_within, "language": language,
            "gzip": "true" if gzip else None, "bom": "true" if bom else None,
        }  # fmt: skip
        params = {name: value for name, value in options.items() if value not in {None, ""}}
        return self._transport.stream_bytes(f"{self._path}/mailing", params)


def _user_segment(name: str) -> str:
    """Return a customer as a path segment, with the MD5 in place of an e-mail address."""
    return quote_segment(_hashed(name))


def _hashed(name: str) -> str:
    if re.fullmatch(r"\s*[^@\s]+@[^@\s]+\s*", name):
        return hashlib.md5(name.strip().lower().encode(), usedforsecurity=False).hexdigest()
    return name
