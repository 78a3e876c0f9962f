"""The client's errors, grouped by what the caller can do about them.

LookalikeError
├── NotReachable  start the server, or use another server
├── ServerProblem change the request as the server says
└── LocalProblem  correct a folder, a file or an argument on this machine
"""

from collections.abc import Mapping
from typing import Any


class LookalikeError(Exception):
    """Base of all errors of the client; the text is a message for the user."""


class NotReachable(LookalikeError):
    """Raised when no server responds at the address, or when it does not respond in time."""


class LocalProblem(LookalikeError):
    """Raised when a file, folder or argument on this machine cannot be used."""


class ServerProblem(LookalikeError):
    """Raised when the server refuses a request; holds the fields of its problem+json (RFC 9457).

    `code` is for programs and `detail` for people; `extra` holds all further fields.
    `retry_after_s` is how many seconds the server asks to wait; None if it does not say.
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], retry_after_s: int | None = None
    ) -> None:
        standard = {"type", "title", "status", "detail", "code"}
        self.status = status
        self.retry_after_s = retry_after_s
        self.code = str(problem.get("code", "unknown"))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", self.title))
        self.extra = {key: value for key, value in problem.items() if key not in standard}
        super().__init__(self.detail)
