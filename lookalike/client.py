"""The Python client: `Lookalike()` and its methods, one for each thing a server can be asked."""

import os
from collections.abc import Iterator
from http.client import SERVICE_UNAVAILABLE
from types import TracebackType
from typing import Self

from lookalike._items import ItemCalls
from lookalike._jobs import JobCalls
from lookalike._recommendations import Recommender
from lookalike.defaults import default_url
from lookalike.errors import ServerProblem
from lookalike.models import About, Collection, Encoder, Job
from lookalike.polling import deletion
from lookalike.retries import RETRIES
from lookalike.transport import Transport, collection_path


class Lookalike(ItemCalls, JobCalls):
    """A server, by its address.

    Every method raises `NotReachable` when nothing answers and `ServerProblem` when the server
    refuses; what else it may raise it says itself.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, timeout: float = 30, *,
        retries: int = RETRIES,
    ) -> None:  # fmt: skip
        """Without an address and a key, LOOKALIKE_URL and LOOKALIKE_KEY say them.

        Where that is not set either, it is this machine, at the port that `lookalike up` would use.
        """
        if url is None:
            url = os.environ.get("LOOKALIKE_URL") or default_url()
        key = os.environ.get("LOOKALIKE_KEY") if key is None else key
        self._http = Transport(url, key, timeout, retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    @property
    def url(self) -> str:
        """The server's address."""
        return str(self._http.url)

    def version(self) -> str:
        """Return the version of the server."""
        return str(self._http.call("GET", "openapi.json")["info"]["version"])

    def about(self) -> About:
        """Return the server's version and limits, and what this caller may do."""
        return About.of(self._http.call("GET", "v1/about"))

    def parts(self) -> dict[str, str]:
        """Return the state of each part of the server: "ok", or what is wrong with it."""
        try:
            answer = self._http.call("GET", "health/ready")
        except ServerProblem as problem:
            if problem.status != SERVICE_UNAVAILABLE or "parts" not in problem.extra:
                raise
            answer = problem.extra
        return dict(answer["parts"])

    def ready(self) -> bool:
        """Return whether all parts of the server can work."""
        return all(state == "ok" for state in self.parts().values())

    def encoders(self) -> Iterator[Encoder]:
        """Yield the networks that a collection can be made with."""
        return map(Encoder.of, self._http.pages("v1/encoders", {}))

    def collections(self) -> Iterator[Collection]:
        """Yield all collections."""
        return map(Collection.of, self._http.pages("v1/collections", {}))

    def collection(self, name: str) -> Collection:
        """Return one collection."""
        return Collection.of(self._http.call("GET", collection_path(name)))

    def create_collection(
        self, name: str, encoder: str | None = None, description: str = ""
    ) -> Collection:
        """Make a collection; without an encoder it gets the server's default."""
        body = {"name": name, "description": description}
        if encoder:
            body["encoder"] = encoder
        return Collection.of(self._http.call("POST", "v1/collections", json=body))

    def describe_collection(self, name: str, description: str) -> Collection:
        """Give a collection another description."""
        body = {"description": description}
        return Collection.of(self._http.call("PATCH", collection_path(name), json=body))

    def change_encoder(self, name: str, encoder: str) -> Job | None:
        """Embed a collection by another network; it serves searches by the old one meanwhile.

        Returns the job that does it, or None where the collection has that encoder already.
        """
        answer = self._http.call("PATCH", collection_path(name), json={"encoder": encoder})
        return self._told(answer) if "kind" in answer else None

    def rebuild(self, name: str, *, repair: bool = False) -> Job:
        """Make the vectors of a collection anew from the store; return the job that does it.

        With `repair`, only those that are missing, or that should not be there.
        """
        path = f"{collection_path(name)}/rebuild"
        return self._told(self._http.call("POST", path, json={"repair": repair}))

    def verify(self, name: str) -> Job:
        """Compare what is kept of a collection: store, vectors, lists; return the job that does it.

        Its `result["sound"]` says whether all agree; nothing is changed.
        """
        return self._told(self._http.call("POST", f"{collection_path(name)}/verify"))

    def delete_collection(self, name: str) -> Job:
        """Delete a collection with all that is in it; return the job that does it."""
        return deletion(self._http, collection_path(name), name, "delete-collection")

    def recommender(self, collection: str) -> Recommender:
        """Sales of a collection, and what is recommended from them."""
        return Recommender(self._http, collection)
