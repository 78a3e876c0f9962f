"""Detects the text encoding of a table and decodes it.

Text that is neither UTF-16 nor UTF-8 is in a code page, which `core.code_pages` guesses.
"""

import codecs
import io
from typing import BinaryIO, Literal, cast

from typing_extensions import override

from core.code_pages import CodePage, guess_code_page
from core.tables.foreign_words import first_foreign_word, foreign_words

Encoding = Literal["ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"] | CodePage

UNREADABLE = "\ufffd"
"""Replaces bytes that are invalid in the file's encoding."""
_BLOCK_BYTES = 1024 * 1024
_BYTE_ORDER_MARKS: dict[bytes, Encoding] = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def detect_encoding(head: bytes, *, whole: bool) -> Encoding:
    """Detect the encoding from the first bytes of a file, or from all bytes if `whole` is true.

    If all bytes are ASCII, `EncodingProbe` detects the encoding while the file is read.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[0] and not head[1] and head[2] and not head[3]:
        return "utf-16-le"
    if len(head) >= 4 and not head[0] and head[1] and not head[2] and head[3]:
        return "utf-16-be"
    return "ascii" if head.isascii() else _utf8_or_code_page(head, whole=whole)


class EncodingProbe(io.BufferedIOBase):
    """Converts to UTF-8 a stream whose first bytes are ASCII.

    The first block with non-ASCII characters determines the encoding.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self.encoding: Encoding = "ascii"
        self.word = ""
        """The first word that is not ASCII, decoded."""

    @override
    def readable(self) -> bool:
        return True

    @override
    def read1(self, size: int = -1, /) -> bytes:  # always a whole block
        while block := self._stream.read(_BLOCK_BYTES):
            is_last = len(block) < _BLOCK_BYTES
            if self.encoding == "ascii" and not block.isascii():
                self._detect(block, whole=is_last)
            if self._decoder is None:
                return block
            if text := self._decoder.decode(block, final=is_last):
                return text.encode()
        return b""

    def _detect(self, block: bytes, *, whole: bool) -> None:
        self.encoding = _utf8_or_code_page(block, whole=whole)
        self.word = first_foreign_word(block, self.encoding)
        if self.encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")


def decoded(stream: io.BufferedIOBase, encoding: Encoding) -> io.TextIOWrapper:
    """Decode a stream without changing line breaks; invalid bytes become `UNREADABLE`."""
    return io.TextIOWrapper(cast("BinaryIO", stream), encoding, errors="replace", newline="")


def _utf8_or_code_page(block: bytes, *, whole: bool) -> Encoding:
    """Return UTF-8 if most non-ASCII characters are valid UTF-8; otherwise, guess the code page.

    Text in a code page is rarely valid UTF-8 by coincidence.
    """
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(block, final=whole)
    invalid = text.count(UNREADABLE)
    valid = len(text) - len(text.encode("ascii", errors="ignore")) - invalid
    return "utf-8" if valid > invalid or not invalid else guess_code_page(foreign_words(block))
