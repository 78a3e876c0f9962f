"""A multipart/form-data body as a stream of known length, with a progress callback."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

OnBytes = Callable[[int, int], None]
"""Called with the bytes sent so far and the total number of bytes."""

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do it


@dataclass(frozen=True)
class FormPart:
    """A file or, without a filename, a text field; `chunks` can be called repeatedly."""

    field: str
    filename: str | None
    size: int
    chunks: Callable[[], Iterator[bytes]]
    fingerprint: Callable[[], str] = str
    """Returns a text that changes if a file that the part is read from changes."""

    @classmethod
    def text(cls, field: str, text: str) -> "FormPart":
        """Return a text field."""
        data = text.encode()
        return cls(field, None, len(data), lambda: iter([data]))

    @property
    def header(self) -> bytes:
        """The headers of this part, with the blank line after them."""
        if self.filename is None:
            return f'Content-Disposition: form-data; name="{self.field}"\r\n\r\n'.encode()
        name = self.filename.translate(_ESCAPES)
        return (
            f'Content-Disposition: form-data; name="{self.field}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode("utf-8", "replace")


@dataclass(frozen=True)
class MultipartUpload:
    """A `multipart/form-data` body that can be iterated repeatedly, for retries."""

    parts: Sequence[FormPart]
    on_bytes: OnBytes | None = None
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def headers(self) -> dict[str, str]:
        """The request headers for the type and length of the body."""
        length = sum(len(self._part_start(part)) + part.size for part in self.parts)
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(length + len(self._end)),
        }

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body from its beginning."""
        sent, total = 0, sum(part.size for part in self.parts)
        for part in self.parts:
            yield self._part_start(part)
            for chunk in part.chunks():
                yield chunk
                sent += len(chunk)
                if self.on_bytes:
                    self.on_bytes(sent, total)
        yield self._end

    def _part_start(self, part: FormPart) -> bytes:
        separator = "" if part is self.parts[0] else "\r\n"
        return f"{separator}--{self.boundary}\r\n".encode() + part.header

    @property
    def _end(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
