"""The Python client: `Lookalike()` and its methods, one for each thing a server can be asked."""

import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from http.client import SERVICE_UNAVAILABLE
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lookalike.errors import LocalProblem, ServerProblem
from lookalike.models import Collection, Encoder, Failure, Item, Job, Matches
from lookalike.packing import file_pieces, pack
from lookalike.recommender import Recommender
from lookalike.retrying import RETRIES
from lookalike.transport import Transport, quoted
from lookalike.upload import OnBytes, Upload
from lookalike.waiting import job_of, job_path

DEFAULT_URL = "http://127.0.0.1:8000"
Box = tuple[float, float, float, float]
Filter = Mapping[str, Any]


def _no_bytes(_sent: int, _total: int) -> None:
    pass


class Lookalike:
    """A server, by its address.

    Every method raises `NotReachable` when nothing answers and `ServerProblem` when the server
    refuses; what else it may raise it says itself.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, timeout: float = 30, *,
        retries: int = RETRIES,
    ) -> None:  # fmt: skip
        """Without an address and a key, LOOKALIKE_URL and LOOKALIKE_KEY say them."""
        url = os.environ.get("LOOKALIKE_URL", DEFAULT_URL) if url is None else url
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
        return Collection.of(self._http.call("GET", _at(name)))

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
        return Collection.of(self._http.call("PATCH", _at(name), json=body))

    def change_encoder(self, name: str, encoder: str) -> Job | None:
        """Embed a collection by another network; it serves searches by the old one meanwhile.

        Returns the job that does it, or None where the collection has that encoder already.
        """
        answer = self._http.call("PATCH", _at(name), json={"encoder": encoder})
        return self._told(answer) if "kind" in answer else None

    def rebuild(self, name: str, *, repair: bool = False) -> Job:
        """Make the vectors of a collection anew from the store; return the job that does it.

        With `repair`, only those that are missing, or that should not be there.
        """
        return self._told(self._http.call("POST", f"{_at(name)}/rebuild", json={"repair": repair}))

    def delete_collection(self, name: str) -> Job:
        """Delete a collection with all that is in it; return the job that does it."""
        return self._told(self._http.call("DELETE", _at(name)))

    def import_folder(
        self, folder: str | os.PathLike[str], collection: str, *,
        on_bytes: OnBytes = _no_bytes, idempotency_key: str | None = None,
    ) -> Job:  # fmt: skip
        """Send a folder's pictures, and its items.csv or items.jsonl if it has one, as one stream.

        Raises:
            LocalProblem: there is no such folder, or no picture in it.
        """
        path = Path(folder)
        archive = pack(path)
        name = f"{path.resolve().name or 'folder'}.tar"
        upload = Upload(name, archive.size, archive.pieces, on_bytes)
        return self._send(upload, collection, idempotency_key)

    def import_archive(
        self, archive: str | os.PathLike[str], collection: str, *,
        on_bytes: OnBytes = _no_bytes, idempotency_key: str | None = None,
    ) -> Job:  # fmt: skip
        """Send a zip or tar archive, or a single picture, from the disk.

        Raises:
            LocalProblem: there is no such file.
        """
        path = Path(archive)
        if not path.is_file():
            raise LocalProblem(f"{path} is not a file")
        size = path.stat().st_size
        upload = Upload(path.name, size, lambda: file_pieces(path, size), on_bytes)
        return self._send(upload, collection, idempotency_key)

    def items(self, collection: str, filter: Filter | None = None) -> Iterator[Item]:
        """Yield the items of a collection, all or those that the filter lets through."""
        params = {"filter": json.dumps(filter)} if filter else {}
        return map(Item.of, self._http.pages(f"{_at(collection)}/items", params))

    def item(self, collection: str, sku: str) -> Item:
        """Return one item."""
        return Item.of(self._http.call("GET", _item(collection, sku)))

    def change_item(self, collection: str, sku: str, attributes: Mapping[str, Any]) -> Item:
        """Set attributes of an item; those not named stay, None takes one away."""
        body = {"attributes": dict(attributes)}
        return Item.of(self._http.call("PATCH", _item(collection, sku), json=body))

    def delete_item(self, collection: str, sku: str) -> None:
        """Delete an item; it is gone from searches at once."""
        self._http.call("DELETE", _item(collection, sku))

    def search(
        self, image: str | os.PathLike[str] | bytes, collection: str, *, limit: int = 10,
        min_score: float = 0, filter: Filter | None = None, crop: Box | None = None,
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
        return self._found(
            self._http.call("POST", f"{_at(collection)}/search", data=form, files=files)
        )

    def similar(
        self, collection: str, sku: str, *, limit: int = 10, min_score: float = 0,
        filter: Filter | None = None,
    ) -> Matches:  # fmt: skip
        """Find items that look like an item of the collection."""
        path = f"{_item(collection, sku)}/similar"
        return self._found(self._http.call("GET", path, params=_question(limit, min_score, filter)))

    def recommender(self, collection: str) -> Recommender:
        """Sales of a collection, and what is recommended from them."""
        return Recommender(self._http, collection)

    def jobs(self, collection: str | None = None) -> Iterator[Job]:
        """Yield jobs, the newest first."""
        params = {"collection": collection} if collection else {}
        return map(self._told, self._http.pages("v1/jobs", params))

    def job(self, job_id: str) -> Job:
        """Return one job as it stands now."""
        return self._told(self._http.call("GET", job_path(job_id)))

    def failures(self, job_id: str) -> Iterator[Failure]:
        """Yield the files that a job could not take, with the reasons."""
        return map(Failure.of, self._http.pages(f"{job_path(job_id)}/failures", {"limit": 1000}))

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; it keeps what it has done."""
        return self._told(self._http.call("POST", f"{job_path(job_id)}/cancel"))

    def retry(self, job_id: str) -> Job:
        """Try in a new job what this one did not bring about."""
        return self._told(self._http.call("POST", f"{job_path(job_id)}/retry"))

    def wait(self, job: Job, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Return the job when it has ended; the server may be restarted meanwhile."""
        return job.wait(on_progress=on_progress)

    def _send(self, upload: Upload, collection: str, key: str | None) -> Job:
        headers = upload.headers | {"Idempotency-Key": key or uuid.uuid4().hex}
        answer = self._http.call(
            "POST",
            f"{_at(collection)}/items",
            content=upload,
            headers=headers,
            timeout=self._http.uploading,
        )
        return self._told(answer)

    def _told(self, body: Mapping[str, Any]) -> Job:
        return job_of(self._http, body)

    def _found(self, body: dict[str, Any]) -> Matches:
        for match in body["matches"]:
            match["image_url"] = self._http.absolute(match["image_url"])
        return Matches.of(body)


def _at(collection: str) -> str:
    return f"v1/collections/{quoted(collection)}"


def _item(collection: str, sku: str) -> str:
    return f"{_at(collection)}/items/{quoted(sku)}"


def _question(limit: int, min_score: float, filter: Filter | None) -> dict[str, Any]:
    question: dict[str, Any] = {"limit": limit, "min_score": min_score}
    return question | ({"filter": json.dumps(filter)} if filter else {})


def _bytes(image: str | os.PathLike[str] | bytes) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return Path(image).read_bytes()
    except OSError as exc:
        raise LocalProblem(f"{os.fspath(image)} cannot be read: {exc.strerror}") from exc
