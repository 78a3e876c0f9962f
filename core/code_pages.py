"""Guesses the code page of texts that are not UTF-8, such as file names in a zip from Windows.

A code page is plausible if, in the decoded texts, each word consists of letters of one script, no
capital follows a lower-case letter, and all East Asian characters are common ones.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

# The range of the first byte of common characters, by multi-byte code page.
_MULTI_BYTE = {
    "cp932": (0x81, 0x97),
    "cp949": (0xA1, 0xC8),
    "gb18030": (0xA1, 0xD7),
    "big5": (0xA1, 0xC6),
}
# Of several equally good code pages, the first is used: zip archives from Windows have those of
# DOS. The last one, which has a character for every byte, is there for what nothing else reads.
CODE_PAGES = (
    *_MULTI_BYTE,
    *("cp850", "cp1252", "cp852", "cp1250", "cp866", "cp1251", "cp737", "cp1253", "cp857"),
    *("cp862", "cp1255", "cp1256", "cp874", "mac_roman"),
)
_MAX_TEXTS = 500
_NOT_A_LETTER = 3
_OTHER_SCRIPT = 3
_UPPER_AFTER_LOWER = 2
_RARE = 1
_TWO_ACCENTS = 1  # Latin letters outside ASCII seldom follow each other


def guess_code_page(texts: Iterable[bytes]) -> str:
    """Return the Python name of the code page in which the texts look most like words."""
    distinct = list(dict.fromkeys(text for text in texts if not text.isascii()))[:_MAX_TEXTS]
    costs = {page: _cost(distinct, page) for page in CODE_PAGES}
    return min(CODE_PAGES, key=lambda page: costs[page])


def _cost(texts: list[bytes], page: str) -> float:
    try:
        decoded = [text.decode(page) for text in texts]
    except UnicodeDecodeError:
        return float("inf")
    return sum(_text_cost(text, page) for text in decoded)


def _text_cost(text: str, page: str) -> int:
    foreign = [char for char in text if not char.isascii()]
    return sum(_char_cost(char, page) for char in foreign) + sum(
        _pair_cost(first, second)
        for first, second in pairwise(text)
        if not (first.isascii() and second.isascii())
    )


@lru_cache(4096)
def _char_cost(char: str, page: str) -> int:
    if not (char.isalpha() or unicodedata.category(char) in {"Mn", "Mc", "Lm"}):
        return _NOT_A_LETTER
    if page not in _MULTI_BYTE:
        return 0
    low, high = _MULTI_BYTE[page]
    return 0 if low <= char.encode(page)[0] <= high else _RARE


@lru_cache(4096)
def _pair_cost(first: str, second: str) -> int:
    if not (first.isalpha() and second.isalpha()):
        return 0
    scripts = {_script(first), _script(second)}
    if len(scripts) > 1:
        return _OTHER_SCRIPT
    cost = _UPPER_AFTER_LOWER if first.islower() and second.isupper() else 0
    both_foreign = not first.isascii() and not second.isascii()
    return cost + (_TWO_ACCENTS if both_foreign and scripts == {"LATIN"} else 0)


def _script(letter: str) -> str:
    script = unicodedata.name(letter, "?").partition(" ")[0]
    return "CJK" if script in {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"} else script
