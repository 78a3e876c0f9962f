"""Requests of `/v1`: of this process, or of a server that is reached by its URL.

The caller's key goes along; where the caller has none, the one that was set for flows.
"""

from typing import Any, Self

import httpx2
from starlette.types import ASGIApp

from api.loko.errors import NO_KEY, Refused

_CONNECT_S = 5
_ANSWER_S = 290  # a server may write and sync gigabytes before it answers
_TRIES = 3


class Server:
    """Somebody who answers `/v1`."""

    def __init__(self, http: httpx2.AsyncClient, key: str) -> None:
        self._http, self._key = http, key

    @classmethod
    def within(cls, app: ASGIApp, key: str) -> Self:
        """This process' own; its door and its limits are asked as for any other request."""
        # its bugs come as answers too, not as exceptions
        inside = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        return cls(httpx2.AsyncClient(transport=inside, base_url="http://api"), key)

    @classmethod
    def at(cls, url: str, key: str) -> Self:
        """A server elsewhere, which may start later than this process."""
        timeout = httpx2.Timeout(_ANSWER_S, connect=_CONNECT_S)
        outside = httpx2.AsyncHTTPTransport(retries=_TRIES)
        return cls(httpx2.AsyncClient(transport=outside, base_url=url, timeout=timeout), key)

    async def ask(self, known: str | None, method: str, path: str, **sent: Any) -> Any:
        """The JSON of an answer. `known`: the caller's Authorization header.

        Raises:
            Refused: the server does not answer, or with an error.
        """
        header = known or (f"Bearer {self._key}" if self._key else "")
        headers = {"Authorization": header} if header else {}
        try:
            answer = await self._http.request(method, path, headers=headers, **sent)
        except httpx2.TransportError as exc:
            told = f"the server at {self._http.base_url} does not answer; is it started?"
            raise Refused(told, 503) from exc
        if answer.status_code == 401:
            raise Refused(NO_KEY, 401)
        if answer.is_error:
            raise Refused(_detail(answer), answer.status_code)
        return answer.json()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _detail(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, TypeError, KeyError):
        return f"{answer.url.host} answered with {answer.status_code}, and is no Lookalike server"
