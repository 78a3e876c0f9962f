"""The Python client: `Lookalike()`, with a method for each operation of the HTTP API."""

import os
from collections.abc import Iterator, Mapping
from http.client import SERVICE_UNAVAILABLE
from typing import Any, Self, cast

from lookalike._bulk import BulkMethods
from lookalike._items import ItemMethods
from lookalike._jobs import JobMethods
from lookalike._keys import KeyMethods
from lookalike._quality import QualityMethods
from lookalike._recommendations import Recommender
from lookalike._rules import RuleMethods
from lookalike._search import SearchMethods
from lookalike._uploads import UploadMethods
from lookalike.defaults import default_url
from lookalike.errors import ServerProblem
from lookalike.job_handle import JobHandle, delete_by_job, job_handle, request_job
from lookalike.models import About, Collection, Encoder
from lookalike.retries import RETRIES
from lookalike.transport import Transport, collection_path


class Lookalike(
    ItemMethods,
    SearchMethods,
    QualityMethods,
    BulkMethods,
    JobMethods,
    KeyMethods,
    RuleMethods,
    UploadMethods,
):
    """A client of one server.

    Every method raises `NotReachable` if the server does not respond and `ServerProblem` if the
    server refuses the request. The methods' own docstrings list further errors.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, timeout: float = 30, *,
        retries: int = RETRIES,
    ) -> None:  # fmt: skip
        """Prepare requests to the server at `url` with the API key `key`; send nothing yet.

        Both default to the environment variables LOOKALIKE_URL and LOOKALIKE_KEY. Without a URL,
        the server is on this machine, at the port of `lookalike up`. `timeout` is in seconds;
        `retries` limits how often a repeatable request is sent again.
        """
        url = os.environ.get("LOOKALIKE_URL") or default_url() if url is None else url
        key = os.environ.get("LOOKALIKE_KEY") if key is None else key
        self._transport = Transport(url, key, timeout, retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def url(self) -> str:
        """The URL of the server."""
        return str(self._transport.url)

    def version(self) -> str:
        """Return the version of the server."""
        return str(self._transport.call("GET", "openapi.json")["info"]["version"])

    def about(self) -> About:
        """Return the server's version and limits, and the role of the API key."""
        return About.from_json(self._transport.call("GET", "v1/about"))

    def parts(self) -> dict[str, str]:
        """Return the state of each process and server behind the API: "ok", or the problem."""
        return self.parts_and_notes()[0]

    def parts_and_notes(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return `parts`, and what to change in parts that work, but may lose data."""
        readiness = self._readiness()
        return dict(readiness["parts"]), dict(readiness.get("notes", {}))

    def ready(self) -> bool:
        """Return whether all processes and servers behind the API work."""
        return all(state == "ok" for state in self.parts().values())

    def _readiness(self) -> Mapping[str, Any]:
        try:
            return cast("Mapping[str, Any]", self._transport.call("GET", "health/ready"))
        except ServerProblem as problem:
            if problem.status != SERVICE_UNAVAILABLE or "parts" not in problem.extra:
                raise
            return problem.extra

    def encoders(self) -> Iterator[Encoder]:
        """Yield the encoders that a collection can use."""
        return map(Encoder.from_json, self._transport.paginate("v1/encoders", {}))

    def collections(self) -> Iterator[Collection]:
        """Yield all collections."""
        return map(Collection.from_json, self._transport.paginate("v1/collections", {}))

    def collection(self, name: str) -> Collection:
        """Return one collection."""
        return Collection.from_json(self._transport.call("GET", collection_path(name)))

    def create_collection(
        self, name: str, encoder: str | None = None, description: str = "",
        group_by: str | None = None, *, recipe: str = "auto",
    ) -> Collection:  # fmt: skip
        """Create a collection; `encoder` defaults to the server's default.

        Items with the same value of the attribute `group_by` are variants, of which searches and
        lists show one. The recipe `auto` is fitted to the images once there are enough; `parts-1`
        is not, unless a rebuild asks for it.
        """
        body = {"name": name, "description": description, "group_by": group_by, "recipe": recipe}
        body |= {"encoder": encoder} if encoder else {}
        return Collection.from_json(self._transport.call("POST", "v1/collections", json=body))

    def describe_collection(self, name: str, description: str) -> Collection:
        """Change the description of a collection."""
        body = {"description": description}
        return Collection.from_json(self._transport.call("PATCH", collection_path(name), json=body))

    def group_collection(self, name: str, group_by: str | None) -> Collection:
        """Show one item for each value of an attribute, or all items if the attribute is None."""
        body = {"group_by": group_by}
        return Collection.from_json(self._transport.call("PATCH", collection_path(name), json=body))

    def change_encoder(self, name: str, encoder: str) -> JobHandle | None:
        """Embed a collection with another encoder; searches use the old encoder until the job ends.

        Returns the job, or None if the collection already has the encoder.
        """
        body = self._transport.call("PATCH", collection_path(name), json={"encoder": encoder})
        return job_handle(self._transport, body) if "kind" in body else None

    def rebuild(self, name: str, *, repair: bool = False, recipe: str = "auto") -> JobHandle:
        """Recompute the vectors of a collection from the store.

        With `repair`, only compute missing vectors, remove orphaned vectors and correct
        attributes. The recipe `fitted-1` learns from the collection's images, `parts-1` does not;
        `auto` fits a recipe if that is due and finds similar images no worse.
        """
        path, body = f"{collection_path(name)}/rebuild", {"repair": repair, "recipe": recipe}
        return request_job(self._transport, "POST", path, json=body)

    def verify(self, name: str, *, deep: bool = False) -> JobHandle:
        """Check that a collection's store, vectors and lists agree, without changing anything.

        With `deep`, also read all image files and compare their checksums, which takes longer.
        The job's `result["sound"]` is true if there are no differences.
        """
        path = f"{collection_path(name)}/verify"
        return request_job(self._transport, "POST", path, json={"deep": deep})

    def delete_collection(self, name: str) -> JobHandle:
        """Delete a collection with everything in it."""
        return delete_by_job(self._transport, collection_path(name), name, "delete-collection")

    def recommender(self, collection: str) -> Recommender:
        """Return an object for a collection's sales and recommendations; send no request yet."""
        return Recommender(self._transport, collection)
