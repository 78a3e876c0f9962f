"""Where a sale was made, from near to far; plain enough for the front end to import.

A region is named by its key: `GB/SW1A 1AA` (zip), `GB/SW` (zip prefix), `GB` (country) and the
empty key for everywhere. A sale without a country has keys such as `/20095` and `/20`.
"""

from itertools import takewhile

EVERYWHERE = ""
DIGITS = 2


def regions_of(country: str, zip: str) -> list[str]:
    """The keys of the regions this place lies in, the nearest first; the last is everywhere."""
    land, code = _plain(country), _plain(zip)
    near = [f"{land}/{part}" for part in (code, _prefix(code)) if part]
    return list(dict.fromkeys([*near, land, EVERYWHERE]))


def _prefix(code: str) -> str:
    """The letters a code begins with (the area, as in SW1A 1AA), else its first digits."""
    return "".join(takewhile(str.isalpha, code)) or code[:DIGITS]


def _plain(text: str) -> str:
    return " ".join(text.upper().split())
