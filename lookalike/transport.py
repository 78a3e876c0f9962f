"""The one door to the network: requests, pages, and what goes wrong as errors of ours."""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import NOT_FOUND
from typing import Any
from urllib.parse import quote

import httpx2

from lookalike.errors import LocalProblem, NotReachable, ServerProblem
from lookalike.multipart_stream import Upload
from lookalike.retries import RETRIES, Answered, insist, may_repeat

CONNECT_S = 5.0
STORING_S = 300.0  # a server may write and sync gigabytes before it answers an upload


class Transport:
    """HTTP with one server; JSON in, JSON out."""

    def __init__(self, url: str, key: str | None, timeout: float, retries: int = RETRIES) -> None:
        self.url = _checked(url)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(
            base_url=self.url,
            headers=headers,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_S)),
            trust_env=not is_loopback(self.url.host),  # a proxy cannot reach this machine's own
        )
        self._retries = retries
        self._uploading = httpx2.Timeout(timeout, connect=CONNECT_S, read=max(timeout, STORING_S))

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and return the JSON of its answer; what is safe to repeat is, if needed.

        Raises:
            NotReachable: nothing answers, or not in time.
            ServerProblem: the server refused it, or is no Lookalike server.
        """
        answer, _ = self._answered(method, path, **request)
        return _json(_checked_answer(answer))

    def delete(self, path: str) -> Any:
        """Delete something and return the JSON of the answer.

        None where there is none, or where it was gone when the request was repeated: an attempt
        whose answer was lost has done it.
        """
        answer, unheard = self._answered("DELETE", path)
        if unheard and answer.status_code == NOT_FOUND:
            return None
        return _json(_checked_answer(answer))

    def send(self, method: str, path: str, upload: Upload, key: str) -> Any:
        """Send an upload and return the JSON of the answer; the key lets it be sent again."""
        headers = upload.headers | {"Idempotency-Key": key}
        return self.call(method, path, content=upload, headers=headers, timeout=self._uploading)

    def data(self, path: str, params: Mapping[str, Any]) -> bytes:
        """Return an answer that is no JSON, whole."""
        answer, _ = self._answered("GET", path, params=params)
        return _checked_answer(answer).content

    def pieces(self, path: str, params: Mapping[str, Any]) -> Iterator[bytes]:
        """Yield a long answer while it comes; it is asked for with the first piece."""
        with self._streamed(path, params) as answer:
            yield from answer.iter_bytes()

    def lines(self, path: str) -> Iterator[str]:
        """Yield the lines of an answer as they come."""
        with self._streamed(path, {}) as answer:
            yield from answer.iter_lines()

    @contextmanager
    def _streamed(self, path: str, params: Mapping[str, Any]) -> Iterator[httpx2.Response]:
        with self._translated(), self._client.stream("GET", path, params=params) as answer:
            if answer.is_error:
                answer.read()
            yield _checked_answer(answer)

    def _answered(self, method: str, path: str, **request: Any) -> Answered:
        with self._translated():
            return insist(
                lambda: self._client.request(method, path, **request),
                self._retries if may_repeat(method, request.get("headers", {})) else 0,
            )

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, asking for the next page when one is used up."""
        cursor: str | None = None
        while True:
            page = self.call(
                "GET", path, params={**params, **({"cursor": cursor} if cursor else {})}
            )
            yield from page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def absolute(self, path: str) -> str:
        """Return the whole address of a path that the server named."""
        return str(self.url.join(path))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
            raise NotReachable(
                f"no server answers at {self.url} ({exc}); "
                "start one with `lookalike up`, or name another with --url or LOOKALIKE_URL"
            ) from exc
        except httpx2.TimeoutException as exc:
            raise NotReachable(f"the server at {self.url} took too long to answer") from exc
        except httpx2.HTTPError as exc:
            raise NotReachable(f"the connection to {self.url} broke: {exc}") from exc


def collection_path(name: str) -> str:
    """Return where a collection is."""
    return f"v1/collections/{quoted(name)}"


def quoted(name: str) -> str:
    """Return a name as one step of a path.

    Raises:
        LocalProblem: no name, or one that means another place.
    """
    if name in {"", ".", ".."}:
        raise LocalProblem(f"{name!r} is not a name")
    return quote(name, safe="")


def _checked(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url.rstrip("/") + "/")
    except httpx2.InvalidURL as exc:
        raise LocalProblem(f"{url!r} is not an address: {exc}") from exc
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise LocalProblem(f"{url!r} is not an address like http://127.0.0.1:8000")
    return parsed


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_answer(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_error:
        raise ServerProblem(answer.status_code, _problem(answer))
    return answer


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = None
    if isinstance(body, dict):
        return body
    return {"detail": f"{answer.request.url} answered {answer.status_code} {answer.reason_phrase}"}


def _json(answer: httpx2.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as exc:
        detail = f"{answer.request.url} does not answer in JSON; is it a Lookalike server?"
        raise ServerProblem(answer.status_code, {"code": "not-json", "detail": detail}) from exc
