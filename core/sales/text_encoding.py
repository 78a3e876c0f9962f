"""Detects the text encoding of a sales file.

Text that is neither UTF-16 nor UTF-8 is read as Windows-1252, the encoding of Excel: Latin-1 with
printable characters in place of most control characters.
"""

import codecs
import io
from typing import BinaryIO, Literal, cast

from typing_extensions import override

Encoding = Literal[
    "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"
]

UNREADABLE = "\ufffd"
"""Replaces bytes that are invalid in the file's encoding."""
_BLOCK_BYTES = 1024 * 1024
_BYTE_ORDER_MARKS: dict[bytes, Encoding] = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def detect_encoding(head: bytes, *, whole: bool) -> Encoding:
    """Detect the encoding from the first bytes of a file; `whole` means no more follow.

    If all bytes are ASCII, `EncodingProbe` detects the encoding while the file is read.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[0] and not head[1] and head[2] and not head[3]:
        return "utf-16-le"
    if len(head) >= 4 and not head[0] and head[1] and not head[2] and head[3]:
        return "utf-16-be"
    return "ascii" if head.isascii() else _utf8_or_windows(head, whole=whole)


class EncodingProbe(io.BufferedIOBase):
    """Converts a stream that begins in ASCII to UTF-8.

    The first block with other characters determines the encoding.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        super().__init__()
        self._stream = stream
        self.encoding: Encoding = "ascii"

    @override
    def readable(self) -> bool:
        return True

    @override
    def read1(self, size: int = -1, /) -> bytes:  # always a whole block
        block = self._stream.read(_BLOCK_BYTES)
        if self.encoding == "ascii" and not block.isascii():
            self.encoding = _utf8_or_windows(block, whole=len(block) < _BLOCK_BYTES)
        if self.encoding == "windows-1252":
            return block.decode(self.encoding, errors="replace").encode()
        return block


def decoded(stream: io.BufferedIOBase, encoding: Encoding) -> io.TextIOWrapper:
    """Decode a stream without changing line breaks; invalid bytes become `UNREADABLE`."""
    return io.TextIOWrapper(cast("BinaryIO", stream), encoding, errors="replace", newline="")


def _utf8_or_windows(block: bytes, *, whole: bool) -> Encoding:
    """Return UTF-8 if most non-ASCII characters are valid UTF-8, which is rarely a coincidence."""
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(block, final=whole)
    invalid = text.count(UNREADABLE)
    valid = len(text) - len(text.encode("ascii", errors="ignore")) - invalid
    return "utf-8" if valid > invalid or not invalid else "windows-1252"
