"""What the shop knows of a visitor, in memory; a real shop has sessions of its own."""

import secrets
from dataclasses import dataclass, field

from fastapi import Request, Response
from starlette.middleware.base import RequestResponseEndpoint

COOKIE = "session"
MAX_SESSIONS = 10_000


@dataclass
class Session:
    """A visitor: the customer, if signed in, and lists of SKUs, the newest last."""

    customer: str = ""
    viewed: list[str] = field(default_factory=list)
    basket: list[str] = field(default_factory=list)
    bought: list[str] = field(default_factory=list)

    def add_viewed(self, sku: str) -> None:
        """Remember a product page; Lookalike takes up to 50 SKUs, but the newest tell enough."""
        self.viewed = [*(other for other in self.viewed if other != sku), sku][-10:]


class Sessions:
    """Middleware that gives each request the session of its cookie."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def __call__(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Set `request.state.session`; send a cookie once there is something to remember."""
        key = request.cookies.get(COOKIE, "")
        session = request.state.session = self._sessions.get(key) or Session()
        response = await call_next(request)
        if key not in self._sessions and session != Session():
            key = secrets.token_urlsafe()
            self._sessions[key] = session
            response.set_cookie(COOKIE, key, httponly=True, samesite="lax")
            if len(self._sessions) > MAX_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        return response
