"""Numbers as shops write them: `1234.5`, `1,234.5`, `1.234,5`, `1 234,5`.

On its own, `1,234` may be over a thousand or just over one: it is read only if other numbers of the
same column show which sign marks the decimals. `1.234` is read as a decimal number unless other
numbers of its column have decimal commas.
"""

import re
from collections.abc import Iterable
from typing import Literal

from core.errors import InvalidInput

DecimalSign = Literal[".", ","]
_SPACES = " '\u2019\u00a0\u2009\u202f"


def _pattern(group: str, decimal: str) -> re.Pattern[str]:
    grouped = rf"[1-9]\d{{0,2}}([{group}{_SPACES}])\d{{3}}(?:\1\d{{3}}){{0,3}}"
    return re.compile(rf"-?(?:{grouped}|0|[1-9]\d{{0,14}})(?:\{decimal}\d{{1,15}})?", re.ASCII)


_PATTERNS: dict[DecimalSign, re.Pattern[str]] = {
    ".": _pattern(",", "."),
    ",": _pattern(".", ","),
}


def is_number(text: str) -> bool:
    """Return whether the text is a number, perhaps an ambiguous one."""
    return any(pattern.fullmatch(text) for pattern in _PATTERNS.values())


def decimal_signs(texts: Iterable[str]) -> frozenset[DecimalSign]:
    """Return the decimal signs that the unambiguous numbers among these texts have."""
    readings = (_readings(text) for text in texts if "," in text or "." in text)
    return frozenset(sign for reading in readings if len(reading) == 1 for sign in reading)


def read_number(text: str, signs: frozenset[DecimalSign] = frozenset()) -> int | float:
    """Return the number in a text; `signs` are the decimal signs of its column.

    Raises:
        InvalidInput: the text is not a number, or could be either of two numbers.
    """
    readings = _readings(text)
    if not readings:
        raise InvalidInput("is not a number")
    if len(set(readings.values())) == 1:
        return next(iter(readings.values()))
    if len(signs) == 1:
        return readings[next(iter(signs))]
    if not signs and "," not in text:
        return readings["."]
    numbers = " or ".join(str(number) for number in readings.values())
    raise InvalidInput(f"may mean {numbers}; write it without a thousands separator")


def _readings(text: str) -> dict[DecimalSign, int | float]:
    """Return the numbers that the text may stand for, by the decimal sign that each assumes."""
    text = text.strip()
    return {sign: _number(text, sign) for sign, form in _PATTERNS.items() if form.fullmatch(text)}


def _number(text: str, sign: DecimalSign) -> int | float:
    whole, _, decimals = text.partition(sign)
    digits = re.sub(r"[^\d-]", "", whole)
    return float(f"{digits}.{decimals}") if decimals else int(digits)
