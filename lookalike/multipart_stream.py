"""A multipart body as a stream of known length, with its progress told."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

OnBytes = Callable[[int, int], None]
"""Told the bytes sent so far, and all that will be sent."""

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do it


def no_bytes(_sent: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Part:
    """A file or, without a name of its own, a text; `pieces` gives `size` bytes each time."""

    field: str
    filename: str | None
    size: int
    pieces: Callable[[], Iterator[bytes]]

    @classmethod
    def text(cls, field: str, text: str) -> "Part":
        """A text of the form."""
        data = text.encode()
        return cls(field, None, len(data), lambda: iter([data]))

    @property
    def head(self) -> bytes:
        """What stands before it in the body."""
        if self.filename is None:
            return f'Content-Disposition: form-data; name="{self.field}"\r\n\r\n'.encode()
        name = self.filename.translate(_ESCAPES)
        return (
            f'Content-Disposition: form-data; name="{self.field}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode("utf-8", "replace")


@dataclass(frozen=True)
class Upload:
    """A body `multipart/form-data`."""

    parts: Sequence[Part]
    on_bytes: OnBytes = no_bytes
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def headers(self) -> dict[str, str]:
        """What the request has to say of the body."""
        around = sum(len(self._before(part)) + part.size for part in self.parts)
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(around + len(self._end)),
        }

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes to be sent, from the first each time."""
        sent, total = 0, sum(part.size for part in self.parts)
        for part in self.parts:
            yield self._before(part)
            for piece in part.pieces():
                yield piece
                sent += len(piece)
                self.on_bytes(sent, total)
        yield self._end

    def _before(self, part: Part) -> bytes:
        line = "" if part is self.parts[0] else "\r\n"
        return f"{line}--{self.boundary}\r\n".encode() + part.head

    @property
    def _end(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
