"""What can go wrong between a client and a server, by what the caller can do about it.

LookalikeError
├── NotReachable  start the server, or name another
├── ServerProblem the server said no, and why
└── LocalProblem  something on this machine: a folder, a file, an argument
"""

from collections.abc import Mapping
from typing import Any


class LookalikeError(Exception):
    """Root of the client's errors; its text is a sentence for the user."""


class NotReachable(LookalikeError):
    """Raised when no server answers at the address, or not in time."""


class LocalProblem(LookalikeError):
    """Raised when something on this machine is not as it has to be."""


class ServerProblem(LookalikeError):
    """Raised when the server refused a request; carries its problem+json (RFC 9457).

    `code` is for programs, `detail` for people; `extra` holds what else the server said.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        known = {"type", "title", "status", "detail", "code"}
        self.status = status
        self.code = str(problem.get("code", "unknown"))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", self.title))
        self.extra = {key: value for key, value in problem.items() if key not in known}
        super().__init__(self.detail)
