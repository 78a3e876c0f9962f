"""Regions of a sale, from near to far. Imports no numpy, so that the API can use it.

A region is named by its key: `GB/SW1A 1AA` (zip), `GB/SW` (zip prefix), `GB` (country) and the
empty key for everywhere. A sale without a country has keys such as `/20095` and `/20`.
"""

from itertools import takewhile

EVERYWHERE = ""
PREFIX_DIGITS = 2


def regions_of(country: str, zip: str) -> list[str]:
    """Return the keys of the regions that contain an address, the nearest first."""
    country, zip = _normalize(country), _normalize(zip)
    local = [f"{country}/{part}" for part in (zip, _zip_prefix(zip)) if part]
    return list(dict.fromkeys([*local, country, EVERYWHERE]))


def _zip_prefix(zip: str) -> str:
    """Return the leading letters (the area, as in SW1A 1AA), else the first digits."""
    return "".join(takewhile(str.isalpha, zip)) or zip[:PREFIX_DIGITS]


def _normalize(text: str) -> str:
    return " ".join(text.upper().split())
