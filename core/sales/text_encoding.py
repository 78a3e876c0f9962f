"""How the letters of a sales file are written as bytes.

What is not UTF-16 and not UTF-8 is read as Windows-1252: Latin-1 with the letters that Excel puts
where Latin-1 has control characters.
"""

import codecs
import io
from typing import BinaryIO, Literal, cast

Encoding = Literal[
    "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"
]

UNREADABLE = "\ufffd"
"""Stands for bytes that mean nothing in the file's encoding."""
_BLOCK = 1024 * 1024
_MARKS: dict[bytes, Encoding] = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding_of(head: bytes, *, whole: bool) -> Encoding:
    """The encoding that the first bytes of a file tell, or all of them; `ascii` if they do not."""
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[0] and not head[1] and head[2] and not head[3]:
        return "utf-16-le"
    if len(head) >= 4 and not head[0] and head[1] and not head[2] and head[3]:
        return "utf-16-be"
    return "ascii" if head.isascii() else _utf8_or_not(head, whole=whole)


def encoding_of_all(stream: io.BufferedIOBase) -> Encoding:
    """The encoding of a file that begins in ASCII: its first other letters decide."""
    while block := stream.read(_BLOCK):
        if not block.isascii():
            return _utf8_or_not(block, whole=len(block) < _BLOCK)
    return "ascii"


def text_of(stream: io.BufferedIOBase, encoding: Encoding) -> io.TextIOWrapper:
    """The letters of a stream, with line ends as they are; never fails: see `UNREADABLE`."""
    return io.TextIOWrapper(cast("BinaryIO", stream), encoding, errors="replace", newline="")


def _utf8_or_not(block: bytes, *, whole: bool) -> Encoding:
    """UTF-8 if more letters are right in it than wrong: it is rarely so by chance."""
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(block, final=whole)
    wrong = text.count(UNREADABLE)
    right = len(text) - len(text.encode("ascii", errors="ignore")) - wrong
    return "utf-8" if right > wrong or not wrong else "windows-1252"
