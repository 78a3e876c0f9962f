"""Client of the `/v1` API for the blocks, in this process or over HTTP.

Requests contain the API key of the caller, or the key configured for flows if the caller sent none.
"""

from collections.abc import Mapping
from typing import Any, Self

import httpx2
from starlette.types import ASGIApp

from api.loko.errors import MISSING_KEY_HINT, RequestFailed

_CONNECT_TIMEOUT_S = 5
_RESPONSE_TIMEOUT_S = 290  # a server may write and sync gigabytes before it responds
_CONNECT_RETRIES = 3
Json = dict[str, Any]


class ApiClient:
    """Sends requests to `/v1`."""

    def __init__(self, http: httpx2.AsyncClient, key: str) -> None:
        self._http, self._key = http, key

    @classmethod
    def in_process(cls, app: ASGIApp, key: str) -> Self:
        """Create a client of an app in this process; authentication and limits apply as usual."""
        # exceptions of the app become 500 responses, as over HTTP
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        return cls(httpx2.AsyncClient(transport=transport, base_url="http://localhost"), key)

    @classmethod
    def remote(cls, url: str, key: str) -> Self:
        """Create a client of another server, which may start later than this process."""
        timeout = httpx2.Timeout(_RESPONSE_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S)
        transport = httpx2.AsyncHTTPTransport(retries=_CONNECT_RETRIES)
        return cls(httpx2.AsyncClient(transport=transport, base_url=url, timeout=timeout), key)

    async def request(
        self,
        authorization: str | None,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Json:
        """Send a request and return the JSON object in the response.

        `authorization` is the Authorization header of the caller.

        Raises:
            RequestFailed: the server cannot be reached, or returned an error.
        """
        header = authorization or (f"Bearer {self._key}" if self._key else "")
        headers = {**(headers or {}), **({"Authorization": header} if header else {})}
        try:
            response = await self._http.request(method, path, headers=headers, **options)
        except httpx2.TransportError as exc:
            detail = (
                f"the server at {self._http.base_url} cannot be reached; is the server running?"
            )
            raise RequestFailed(detail, 503) from exc
        if response.status_code == 401:
            raise RequestFailed(MISSING_KEY_HINT, 401)
        if response.is_error:
            raise RequestFailed(_detail(response), response.status_code)
        answer: Json = response.json()
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _detail(response: httpx2.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, TypeError, KeyError):
        host, status = response.url.host, response.status_code
        return f"{host} returned status {status} and is not a Lookalike server; check the URL"
