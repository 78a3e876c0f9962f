"""Regions of a sale, from near to far. The API imports this module, which needs no numpy.

A region has a key: `GB/SW1A 1AA` (zip), `GB/SW` (zip prefix), `GB` (country), or the empty key for
everywhere. A sale without a country has keys such as `/20095` and `/20`.
"""

from itertools import takewhile

EVERYWHERE = ""
PERIODS = 7, 30, 90
"""Numbers of days whose best sellers are published, besides the items popular as a whole."""
PREFIX_DIGITS = 2


def regions_of(country: str, zip: str) -> list[str]:
    """Return the keys of the regions that contain an address, the nearest first."""
    if not (country or zip):
        return [EVERYWHERE]
    country, zip = _normalize(country), _normalize(zip)
    prefix = "".join(takewhile(str.isalpha, zip)) or zip[:PREFIX_DIGITS]  # letters as in SW1A 1AA
    local = [f"{country}/{part}" for part in (zip, prefix) if part]
    return list(dict.fromkeys([*local, country, EVERYWHERE]))


def in_last_days(region: str, days: int) -> str:
    """Return the key under which the best sellers of a region in the last days are published.

    It differs from the keys of all regions, which contain no small letters.
    """
    return f"{days}d:{region}"


def _normalize(text: str) -> str:
    return " ".join(text.upper().split())
