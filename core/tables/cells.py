"""Reads what programs write into cells: missing values, numbers marked as text, altered numbers."""

import re
from collections.abc import Iterable

_NULLS = {
    "null", "nan", "#n/a", "<na>", "nat", r"\n", "(null)", "<null>", "[null]", "undefined",
    "(blank)", "#nv", "#n/d", "#value!", "#wert!", "#ref!", "#bezug!", "#name?",
}  # fmt: skip
_WORDS = {"none", "nil", "na", "n/a", "missing", "-", "--", "---", "?"}
MISSING = frozenset({"", *_NULLS, *_WORDS})
_ROUNDED = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]{1,2}", re.ASCII | re.IGNORECASE)
_WITH_DECIMAL = re.compile(r"[0-9]+[.,]0", re.ASCII)


def is_null(text: str) -> bool:
    """Return whether a stripped text is one that programs write for a missing value."""
    return not text or text.casefold() in _NULLS


def is_missing(text: str) -> bool:
    """Return whether a stripped text stands for a missing name, such as `none` or `NULL`."""
    return text.casefold() in MISSING


def is_rounded(text: str) -> bool:
    """Return whether a spreadsheet has rounded a long number, as in `4.00638E+12`."""
    return _ROUNDED.fullmatch(text) is not None


def unmark(text: str) -> str:
    """Return a stripped text without the marks that keep a number as text: `'02134`, `="02134"`."""
    if text[:1] == "=":
        return text[2:-1] if len(text) > 3 and text[1] == text[-1] == '"' else text
    return text[1:] if text[:1] == "'" and (text[1:2].isdigit() or text[1:2] in "=+-@") else text


def have_decimals(cells: Iterable[str]) -> bool | None:
    """Return whether all cells are whole numbers with a decimal place; None if all are missing.

    pandas and spreadsheets write entire columns this way: `17850.0` for `17850`.
    """
    answer = None
    for cell in cells:
        text = cell.strip()
        if _WITH_DECIMAL.fullmatch(text):
            answer = True
        elif not is_missing(text):
            return False
    return answer


def without_decimal(text: str) -> str:
    """Return the text without its decimal place."""
    return re.split("[.,]", text.strip())[0] if _WITH_DECIMAL.fullmatch(text.strip()) else text
