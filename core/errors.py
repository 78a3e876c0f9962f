"""What can go wrong, by what the caller can do about it. No HTTP status lives here.

CoreError
├── InvalidInput         mend the request
│   ├── UnreadableImage  this picture cannot be read
│   ├── TooLarge         over a limit
│   └── UnsupportedMedia a kind of file we do not take
├── Stalled              send it again, without a break
├── NoKey                say who you are
├── NotAllowed           ask somebody who may
├── TooMany              wait a little
├── NotFound             it is not there
├── Conflict             it is there already, or in the way
├── NotInstalled         the operator has to add something
└── Unavailable          try again later
    └── StorageFull      free some space first
"""

from typing import ClassVar


class CoreError(Exception):
    """Root of all errors the shop raises on purpose; `detail` is a sentence for the caller."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class InvalidInput(CoreError):
    """Raised when the caller must mend the request before sending it again."""

    code = "invalid-input"
    title = "The request is not valid"


class UnreadableImage(InvalidInput):
    """Raised when bytes that should be a picture cannot be read as one."""

    code = "unreadable-image"
    title = "The image cannot be read"


class TooLarge(InvalidInput):
    """Raised when something is over a limit of this server."""

    code = "too-large"
    title = "Over a limit"


class UnsupportedMedia(InvalidInput):
    """Raised when the kind of file is not one we take."""

    code = "unsupported-media"
    title = "Not a kind of file we take"


class Stalled(CoreError):
    """Raised when the rest of a request does not come."""

    code = "stalled"
    title = "The request broke off"


class NoKey(CoreError):
    """Raised when a request comes without a key that is known."""

    code = "no-key"
    title = "A key is needed"


class NotAllowed(CoreError):
    """Raised when a key is not for what is asked."""

    code = "not-allowed"
    title = "This key does not allow it"


class TooMany(CoreError):
    """Raised when somebody asks more often than the limits allow; `wait_s` is in whole seconds."""

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
    """Raised when the named thing exists already or is in a state that forbids the request."""

    code = "conflict"
    title = "In conflict with what is there"


class NotInstalled(CoreError):
    """Raised when the installation lacks something; trying again does not help."""

    code = "not-installed"
    title = "Something is not installed"


class Unavailable(CoreError):
    """Raised when a part we depend on does not answer; the same request may succeed later."""

    code = "unavailable"
    title = "A part of the service does not answer"


class StorageFull(Unavailable):
    """Raised when the disk has no room; nothing was kept of the request."""

    code = "storage-full"
    title = "No space left"
