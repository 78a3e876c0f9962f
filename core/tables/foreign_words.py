"""Finds the words of a table that are not ASCII, by which its code page is guessed and checked."""

import re
from collections.abc import Iterator

from core.code_pages import CODE_PAGES

# A vertical bar after a non-ASCII byte may be the second half of a character.
_WORD = re.compile(rb"(?:[\x80-\xff]\||[^\s,;\"|])+")


def foreign_words(data: bytes) -> Iterator[bytes]:
    """Yield the words that are not ASCII."""
    return (match[0] for match in _WORD.finditer(data) if not match[0].isascii())


def first_foreign_word(data: bytes, encoding: str) -> str:
    """Return the first non-ASCII word, so that a person can check the guess of the code page."""
    if encoding not in CODE_PAGES:
        return ""
    word = next(foreign_words(data), b"").decode(encoding, errors="replace")
    return next((part for part in word.split("|") if not part.isascii()), "")[:40]


def describe_guess(encoding: str, word: str) -> str:
    """Return a note that the encoding is a guess, with a word to check it by; empty if certain."""
    if encoding not in CODE_PAGES:
        return ""
    example = f"; one word then reads {word!r}" if word else ""
    return f"the letters are not in UTF-8 and were read as {encoding}{example}"
