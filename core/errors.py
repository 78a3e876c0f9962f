"""The errors of the domain, grouped by what the caller can do.

HTTP status codes are assigned in `api.errors`.

CoreError
├── InvalidInput              correct the request
│   ├── UnreadableImage       the image cannot be decoded
│   ├── TooLarge              a limit is exceeded
│   └── UnsupportedMediaType  the type of a file is not supported
├── RequestTimeout            send the request again, without pauses
├── MissingApiKey             send a valid API key
├── Forbidden                 use an API key with more rights
├── TooManyRequests           wait, then retry
├── NotFound                  check the name
├── Conflict                  resolve the conflict first
├── NotInstalled              the operator has to install something
└── Unavailable               retry later
    └── StorageFull           free disk space first
"""

from typing import ClassVar


class CoreError(Exception):
    """Base class of all expected errors; `detail` is a text for the caller."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class InvalidInput(CoreError):
    """Raised when the request must be corrected before it is sent again."""

    code = "invalid-input"
    title = "Invalid request"


class UnreadableImage(InvalidInput):
    """Raised when a file that should be an image cannot be decoded."""

    code = "unreadable-image"
    title = "Unreadable image"


class TooLarge(InvalidInput):
    """Raised when a limit of this server is exceeded."""

    code = "too-large"
    title = "Payload too large"


class UnsupportedMediaType(InvalidInput):
    """Raised when the type of a file is not supported."""

    code = "unsupported-media-type"
    title = "Unsupported media type"


class RequestTimeout(CoreError):
    """Raised when the rest of a request body does not arrive in time."""

    code = "request-timeout"
    title = "Request timeout"


class MissingApiKey(CoreError):
    """Raised when a request has no API key, or an invalid key."""

    code = "missing-api-key"
    title = "API key required"


class Forbidden(CoreError):
    """Raised when the API key does not permit the request."""

    code = "forbidden"
    title = "Forbidden"


class TooManyRequests(CoreError):
    """Raised when a rate limit is exceeded; `wait_s` is the waiting time in whole seconds."""

    code = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, wait_s: int) -> None:
        super().__init__(detail)
        self.wait_s = wait_s


class NotFound(CoreError):
    """Raised when the named thing does not exist."""

    code = "not-found"
    title = "Not found"


class Conflict(CoreError):
    """Raised when the named thing already exists or is in a state that forbids the request."""

    code = "conflict"
    title = "Conflict"


class NotInstalled(CoreError):
    """Raised when the installation lacks something; a retry does not help."""

    code = "not-installed"
    title = "Not installed"


class Unavailable(CoreError):
    """Raised when a required service does not respond; the same request may succeed later."""

    code = "unavailable"
    title = "Service unavailable"


class StorageFull(Unavailable):
    """Raised when the disk is full; no part of the request was stored."""

    code = "storage-full"
    title = "Insufficient storage"
