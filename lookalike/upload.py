"""One file part of a multipart body as a stream of known length, with its progress told."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

OnBytes = Callable[[int, int], None]
"""Told the bytes sent so far, and all that will be sent."""

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do it


def _quiet(_sent: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class Upload:
    """A body `multipart/form-data` with the one part `files`."""

    filename: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    on_bytes: OnBytes = _quiet
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def headers(self) -> dict[str, str]:
        """What the request has to say of the body."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(len(self._head) + self.size + len(self._tail)),
        }

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes to be sent, from the first each time."""
        yield self._head
        sent = 0
        for piece in self.pieces():
            yield piece
            sent += len(piece)
            self.on_bytes(sent, self.size)
        yield self._tail

    @property
    def _head(self) -> bytes:
        name = self.filename.translate(_ESCAPES)
        return (
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="files"; '
            f'filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        ).encode("utf-8", "replace")

    @property
    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
