"""Sales of a collection, and what is recommended from them."""

import hashlib
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from lookalike.models import Customer, Job, Recommendations, Training
from lookalike.multipart_stream import OnBytes, Upload, no_bytes
from lookalike.polling import deletion, job_of
from lookalike.tar_stream import file_part
from lookalike.transport import Transport, collection_path, quoted


class Recommender:
    """The sales and recommendations of one collection; made by `Lookalike.recommender`."""

    def __init__(self, http: Transport, collection: str) -> None:
        self._http = http
        self._collection = collection
        self._at = collection_path(collection)

    def add_sales(
        self, file: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None,
        on_bytes: OnBytes = no_bytes, idempotency_key: str | None = None,
    ) -> Job:  # fmt: skip
        """Send a CSV of order lines, which may be gzipped or zipped; a training follows.

        `columns` says what those are called that the server does not know: {"sku": "Artikel"}.

        Raises:
            LocalProblem: the file cannot be read.
        """
        upload = Upload((file_part("file", Path(file)),), on_bytes)
        key = idempotency_key or uuid.uuid4().hex
        said = ",".join(f"{ours}:{name}" for ours, name in (columns or {}).items())
        path = f"{self._at}/sales" + (f"?columns={quote(said)}" if said else "")
        return job_of(self._http, self._http.send("POST", path, upload, key))

    def sales(self) -> list[dict[str, Any]]:
        """The sales files that were taken in, each with its report."""
        found: list[dict[str, Any]] = self._http.call("GET", f"{self._at}/sales")["items"]
        return found

    def rejects(self, upload: str) -> Iterator[bytes]:
        """The rows of an upload that were set aside, as a CSV that is streamed."""
        return self._http.pieces(f"{self._at}/sales/{quoted(upload)}/rejects.csv", {})

    def delete_sales(self, upload: str | None = None) -> Job:
        """Delete the sales of one upload, or all."""
        path = f"{self._at}/sales" + (f"/{quoted(upload)}" if upload else "")
        return deletion(self._http, path, self._collection, "delete-sales")

    def train(self) -> Job:
        """Train anew."""
        return job_of(self._http, self._http.call("POST", f"{self._at}/recommender"))

    def state(self) -> Training:
        """What is served now, and what its training found."""
        return Training.of(self._http.call("GET", f"{self._at}/recommender"))

    def report_page(self) -> str:
        """What the training of the served generation found, as an HTML page with plots."""
        return self._http.data(f"{self._at}/recommender/report", {}).decode()

    def roll_back(self) -> Training:
        """Serve the generation before this one."""
        return Training.of(self._http.call("POST", f"{self._at}/recommender/rollback"))

    def users(self, prefix: str = "") -> Iterator[Customer]:
        """Customers whose names begin so."""
        rows = self._http.pages(f"{self._at}/users", {"prefix": prefix, "limit": 200})
        return map(Customer.of, rows)

    def recommend(
        self, user: str, limit: int = 10, *, country: str = "", zip: str = ""
    ) -> Recommendations:
        """What is offered to a customer; to an unknown one, what is popular in the region.

        The customer may be named by the e-mail address: its MD5 is sent.
        """
        found = self._http.call(
            "GET",
            f"{self._at}/users/{_user(user)}/recommendations",
            params={"limit": limit, "country": country, "zip": zip},
        )
        for one in found["recommendations"]:
            one["image_url"] = self._http.absolute(one["image_url"])
        return Recommendations.of(found)

    def erase(self, user: str) -> Job:
        """Erase a customer: sales, lists, and what is learned from them."""
        path = f"{self._at}/users/{_user(user)}"
        return deletion(self._http, path, self._collection, "erase-user")

    def lists(self, format: Literal["csv", "jsonl"] = "jsonl") -> Iterator[bytes]:
        """Everybody's list as one file that is streamed: a row an item, or a line a customer."""
        return self._http.pieces(f"{self._at}/recommendations", {"format": format})


def _user(name: str) -> str:
    """Return a customer as a step of a path; addresses are not sent, but what they are kept as."""
    if re.fullmatch(r"\s*[^@\s]+@[^@\s]+\s*", name):
        name = hashlib.md5(name.strip().lower().encode(), usedforsecurity=False).hexdigest()
    return quoted(name)
