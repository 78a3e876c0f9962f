"""Sales of a collection, and what is recommended from them."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lookalike.errors import LocalProblem
from lookalike.models import Customer, Job, Recommendations, Training
from lookalike.transport import Transport, quoted
from lookalike.waiting import job_of


class Recommender:
    """The sales and recommendations of one collection; made by `Lookalike.recommender`."""

    def __init__(self, http: Transport, collection: str) -> None:
        self._http = http
        self._at = f"v1/collections/{quoted(collection)}"

    def add_sales(self, file: str | os.PathLike[str]) -> Job:
        """Send a CSV of order lines, which may be gzipped or zipped; a training follows.

        Raises:
            LocalProblem: the file cannot be read.
        """
        path = Path(file)
        try:
            with path.open("rb") as data:
                answer = self._http.call(
                    "POST",
                    f"{self._at}/sales",
                    files={"file": (path.name, data)},
                    headers={"Idempotency-Key": uuid.uuid4().hex},
                    timeout=self._http.uploading,
                )
        except OSError as exc:
            raise LocalProblem(f"{path} cannot be read: {exc.strerror}") from exc
        return job_of(self._http, answer)

    def sales(self) -> list[dict[str, Any]]:
        """The sales files that were taken in, each with its report."""
        found: list[dict[str, Any]] = self._http.call("GET", f"{self._at}/sales")["items"]
        return found

    def delete_sales(self, upload: str | None = None) -> Job:
        """Delete the sales of one upload, or all."""
        path = f"{self._at}/sales" + (f"/{quoted(upload)}" if upload else "")
        return job_of(self._http, self._http.call("DELETE", path))

    def train(self) -> Job:
        """Train anew."""
        return job_of(self._http, self._http.call("POST", f"{self._at}/recommender"))

    def state(self) -> Training:
        """What is served now, and what its training found."""
        return Training.of(self._http.call("GET", f"{self._at}/recommender"))

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
        """What is offered to a customer; to an unknown one, what is popular in the region."""
        found = self._http.call(
            "GET",
            f"{self._at}/users/{quoted(user)}/recommendations",
            params={"limit": limit, "country": country, "zip": zip},
        )
        for one in found["recommendations"]:
            one["image_url"] = self._http.absolute(one["image_url"])
        return Recommendations.of(found)

    def erase(self, user: str) -> Job:
        """Erase a customer: sales, lists, and what is learned from them."""
        return job_of(self._http, self._http.call("DELETE", f"{self._at}/users/{quoted(user)}"))
