"""HTTP with one server: requests, paging, streaming, and the translation of errors."""

import ipaddress
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import NOT_FOUND
from typing import Any
from urllib.parse import quote

import httpx2

from lookalike.errors import LocalProblem, NotReachable, ServerProblem
from lookalike.multipart_stream import MultipartUpload
from lookalike.retries import FinalResponse, is_repeatable, send_with_retries

CONNECT_TIMEOUT_S = 5.0
_MEBIBYTE = 1024 * 1024
_SMALL_BYTES = _MEBIBYTE // 2  # limits are whole MiB
OnHint = Callable[[str], None]
UPLOAD_READ_TIMEOUT_S = 300.0  # the server may write and sync gigabytes before it responds


class Transport:
    """A connection pool to one server that sends and receives JSON.

    Every method raises `NotReachable` if the server does not respond in time, and `ServerProblem`
    if the server refuses the request or is not a Lookalike server.
    """

    def __init__(self, url: str, key: str | None, timeout: float, retries: int) -> None:
        self.url = _parse_url(url)
        self._client = httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT_S)),
            # a proxy cannot reach this machine's loopback
            trust_env=not is_loopback(self.url.host),
        )
        self.retries = retries
        self._upload_timeout = httpx2.Timeout(
            timeout, connect=CONNECT_TIMEOUT_S, read=max(timeout, UPLOAD_READ_TIMEOUT_S)
        )

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request, with retries if it is repeatable; return the JSON of the response."""
        response, _ = self._request(method, path, **request)
        return _json(_raise_for_problem(response))

    def delete(self, path: str) -> Any:
        """Delete a resource and return the JSON of the response, or None if the response is empty.

        Also return None if a retry gets a 404, because an earlier attempt, whose response was lost,
        has deleted the resource.
        """
        response, response_lost = self._request("DELETE", path)
        if response_lost and response.status_code == NOT_FOUND:
            return None
        return _json(_raise_for_problem(response))

    def upload(self, method: str, path: str, body: MultipartUpload, key: str | None) -> Any:
        """Send an upload with an idempotency key and return the JSON of the response.

        Raises:
            LocalProblem: the upload is larger than the server accepts; nothing was sent.
        """
        self.check_size(int(body.headers["Content-Length"]), "max_upload_mb")
        headers = body.headers | {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.call(method, path, content=body, headers=headers, timeout=self._upload_timeout)

    def append(self, path: str, offset: int, length: int, body: Iterator[bytes]) -> None:
        """Append bytes to a resumable upload, once; see `lookalike.resumable_upload`."""
        headers = {
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(length),
            "Upload-Offset": str(offset),
        }
        self.call("PATCH", path, content=body, headers=headers, timeout=self._upload_timeout)

    def check_size(self, size: int, limit: str) -> None:
        """Raise LocalProblem if a file of `size` bytes exceeds a limit of the server.

        The server would refuse the file, too, but might close the connection before the client has
        read the response.
        """
        if size <= _SMALL_BYTES:  # every server accepts it
            return
        limit_mb = self.call("GET", "v1/about")["limits"][limit]
        if size > limit_mb * _MEBIBYTE:
            raise LocalProblem(
                f"the upload is {size / _MEBIBYTE:,.0f} MiB, but {self.url} accepts at most "
                f"{limit_mb:,} MiB; send less at a time"
            )

    def get_bytes(self, path: str, params: Mapping[str, Any]) -> bytes:
        """Return the body of a response that is not JSON."""
        response, _ = self._request("GET", path, params=params)
        return _raise_for_problem(response).content

    def stream_bytes(self, path: str, params: Mapping[str, Any]) -> Iterator[bytes]:
        """Yield a long response as it arrives; the first `next` sends the request."""
        with self._stream(path, params) as response:
            yield from response.iter_bytes()

    def stream_lines(self, path: str) -> Iterator[str]:
        """Yield the lines of a response as they arrive."""
        with self._stream(path, {}) as response:
            yield from response.iter_lines()

    def paginate(
        self, path: str, params: Mapping[str, Any], on_hint: OnHint | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list; a page is requested when the previous one is used up.

        `on_hint` gets the reason why a list is empty, if the server knows it.
        """
        page = self.call("GET", path, params=params)
        if on_hint and (hint := page.get("hint")):
            on_hint(hint)
        yield from page["items"]
        while cursor := page.get("next_cursor"):
            page = self.call("GET", path, params={**params, "cursor": cursor})
            yield from page["items"]

    def absolute_url(self, path: str) -> str:
        """Return the absolute URL of a path that the server returned."""
        return str(self.url.join(path))

    def make_image_urls_absolute(self, rows: Iterable[dict[str, Any]]) -> None:
        """Replace the `image_url` of each row by an absolute URL."""
        for row in rows:
            row["image_url"] = self.absolute_url(row["image_url"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _request(self, method: str, path: str, **request: Any) -> FinalResponse:
        with self._translate_errors():
            return send_with_retries(
                lambda: self._client.request(method, path, **request),
                self.retries if is_repeatable(method, request.get("headers", {})) else 0,
            )

    @contextmanager
    def _stream(self, path: str, params: Mapping[str, Any]) -> Iterator[httpx2.Response]:
        with self._translate_errors(), self._client.stream("GET", path, params=params) as response:
            if response.is_error:
                response.read()
            yield _raise_for_problem(response)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
            raise NotReachable(
                f"cannot connect to {self.url} ({exc}); "
                "start a server with `lookalike up`, or set --url or LOOKALIKE_URL"
            ) from exc
        except httpx2.TimeoutException as exc:
            raise NotReachable(
                f"the server at {self.url} did not respond in time; run `lookalike doctor`"
            ) from exc
        except httpx2.HTTPError as exc:
            raise NotReachable(f"the connection to {self.url} was lost: {exc}") from exc


def collection_path(name: str) -> str:
    """Return the path of a collection."""
    return f"v1/collections/{quote_segment(name)}"


def item_path(collection: str, sku: str) -> str:
    """Return the path of an item."""
    return f"{collection_path(collection)}/items/{quote_segment(sku)}"


def quote_segment(name: str) -> str:
    """Return a name as a segment of a path; raise LocalProblem if it would change the path."""
    if not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise LocalProblem(f"{name!r} is not a valid name; choose another name")
    return quote(name, safe="")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_url(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url.rstrip("/") + "/")
    except httpx2.InvalidURL as exc:
        raise LocalProblem(f"{url!r} is not a valid URL: {exc}") from exc
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise LocalProblem(f"{url!r} is not a valid URL; use a URL like http://127.0.0.1:8000")
    return parsed


def _raise_for_problem(response: httpx2.Response) -> httpx2.Response:
    if response.is_error:
        wait = response.headers.get("retry-after", "")
        seconds = int(wait) if wait.isdecimal() else None
        raise ServerProblem(response.status_code, _problem(response), seconds)
    return response


def _problem(response: httpx2.Response) -> dict[str, Any]:
    with suppress(ValueError):
        if isinstance(body := response.json(), dict):
            return body
    status = f"{response.status_code} {response.reason_phrase}"
    return {"detail": f"{response.request.url} returned {status}"}


def _json(response: httpx2.Response) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as exc:
        detail = f"{response.request.url} did not return JSON; is this a Lookalike server?"
        raise ServerProblem(response.status_code, {"code": "not-json", "detail": detail}) from exc
