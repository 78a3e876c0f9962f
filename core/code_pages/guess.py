"""Guesses the code page of words.

A wrong code page garbles letters: it puts symbols inside words, capitals after small letters, and
letters where no language has them. The code page with the fewest such faults in a sample of words
is chosen; in a tie, the first one. A guess is never certain, so callers report it.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from core.code_pages.alphabets import (
    DOS,
    UNIX_AND_MAC,
    WINDOWS,
    Alphabet,
    CodePage,
    asian_alphabets,
)

_SAMPLE_WORDS = 400
_UNLIKELY = 0.5  # is added to the faults in an unlikely code page
_BEFORE_LETTERS = set("«»“„‘’–—¡¿×\u00a0、。・「」（）：！　ー")  # noqa: RUF001
_SYMBOLS = _BEFORE_LETTERS | set("€£°©®”‚§·ºª½¼¾²³")  # noqa: RUF001
# Italian and Portuguese letters where these languages do not have them
_MISPLACED = re.compile(r"[ìòù](?=[^\W\d_])|õ(?!e)|(?<=[^\W\d_])[ÀÈÌÒÙ]")


def guess_code_page(words: Iterable[bytes], *, dos: bool = False) -> CodePage:
    """Return the code page in which the non-ASCII words look most like words.

    DOS code pages are unlikely, unless `dos` is true, as for the names in zip files from Windows.
    """
    sample = list(dict.fromkeys(word for word in words if not word.isascii()))[:_SAMPLE_WORDS]
    windows = (*WINDOWS, *asian_alphabets())
    likely = (*DOS, *windows) if dos else windows
    unlikely = UNIX_AND_MAC if dos else (*UNIX_AND_MAC, *DOS)
    alphabets: tuple[Alphabet, ...] = (*likely, *unlikely)
    faults = [_count_faults(sample, alphabet) for alphabet in likely]
    faults += [_count_faults(sample, alphabet) + _UNLIKELY for alphabet in unlikely]
    return alphabets[faults.index(min(faults))].page


def _count_faults(words: list[bytes], alphabet: Alphabet) -> float:
    """Return the sum of the words' faults; an undecodable word counts twice its length."""
    letters = frozenset(alphabet.letters + alphabet.letters.upper())
    faults = 0.0
    for word in words:
        try:
            text = word.decode(alphabet.page)
        except UnicodeDecodeError:
            faults += 2 * len(word)
            continue
        for previous, char in pairwise(f" {text} "):
            faults += _fault(previous, char, letters, alphabet.others)
            faults += _script_fault(previous, char, alphabet)
        faults += len(_MISPLACED.findall(text))
    return faults


def _fault(previous: str, char: str, letters: frozenset[str], others: frozenset[str]) -> float:
    if char.isascii():
        if previous.isascii() or not char.isalpha():
            return 0.0
        is_symbol = not previous.isalpha() and previous not in _BEFORE_LETTERS
        return 1.5 * is_symbol + 1.0 * (char.isupper() and previous.islower())
    if char in letters:
        return 1.0 * (char.isupper() and previous.islower())
    if char in others:
        return 0.2
    if char in _SYMBOLS:
        return 0.1 + 0.2 * previous.isalpha()
    return 1.0 + previous.isalpha()


def _script_fault(previous: str, char: str, alphabet: Alphabet) -> float:
    """Return the fault of two adjacent letters that the script rarely or never combines.

    Latin words rarely have two non-ASCII letters in a row; other scripts do not mix with ASCII,
    except that East Asian words may contain capitals.
    """
    if not (previous.isalpha() and char.isalpha()):
        return 0.0
    if alphabet.script == "Latin":
        return 0.2 * (not previous.isascii() and not char.isascii())
    if previous.isascii() == char.isascii():
        return 0.0
    return 0.5 * (previous + char).islower() if alphabet.script == "East Asian" else 2.0
