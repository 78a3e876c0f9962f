"""Parses order dates. All dates of a file share one format, which `date_survey` detects.

Accepted formats are year first (ISO 8601), the month in letters, seconds or milliseconds since
1970, Excel's serial numbers, and day or month first with `/`, `.` or `-`. A time without a zone is
UTC. 10/11/12 is rejected: it could be three different days.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core.sales.date_text import normalize_date
from core.sales.header import column_in_words
from core.tables.cells import is_missing

DateOrder = Literal["day first", "month first"]
Style = Literal["year first", "seconds", "milliseconds", "Excel days"] | DateOrder

UNREADABLE_DATE = f"{column_in_words('created_at')} is not a date in the format of the other rows"
_SHORT_YEAR = f"{column_in_words('created_at')} has a year with only two digits"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_EPOCH_DAY = 25_569  # 1970-01-01 as Excel's serial number
_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?", re.ASCII)
_STYLE_OF_LENGTH: dict[int, Style] = {
    5: "Excel days",  # 46000 is 2025-12-09
    8: "year first",  # 20251231
    9: "seconds",
    10: "seconds",
    12: "milliseconds",
    13: "milliseconds",
    14: "year first",  # 20251231235959
}
_DATE = re.compile(
    r"""
    ([0-9]{1,4}) ([-/.]) ([0-9]{1,2}) \2 ([0-9]{1,4})
    (?: (?: T | [ ,]+ )
        ([0-9]{1,2}) [:.] ([0-9]{2}) (?: [:.] ([0-9]{2}) (?: [.,] ([0-9]{1,9}) )? )?
        [ ]? (?: ([AP]) \.? [ ]? M \.? )? )?
    [ ]? ( Z | UTC | GMT | [+-][0-9]{2} (?: :?[0-9]{2} )? )?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class DateFormat:
    """The format of all dates of a file."""

    style: Style
    description: str
    """The format and how it was detected, in words."""
    is_assumed: bool = False
    """Whether the file shows nothing that decides between day first and month first."""

    @property
    def known_order(self) -> DateOrder | None:
        """The order of day and month in the dates; None if it is not certain."""
        if self.is_assumed or self.style not in {"day first", "month first"}:
            return None
        return self.style

    def parse(self, text: str) -> int:
        """Return microseconds since 1970.

        Raises:
            ValueError: the text is not a date in this format; the message says why.
        """
        text = normalize_date(text)
        try:
            if self.style == "Excel days":
                return _parse_excel_days(text)
            if self.style in {"seconds", "milliseconds"}:
                return _parse_timestamp(text, self.style)
            at = self._parse_calendar_date(text)
            delta = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
        except (ValueError, OverflowError) as exc:
            raise ValueError(_reason(text)) from exc
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def _parse_calendar_date(self, text: str) -> datetime:
        if self.style == "year first" and text[:4].isdecimal():
            is_compact = len(text) == 14 and text.isdecimal()  # 20251231235959
            try:
                return datetime.fromisoformat(f"{text[:8]}T{text[8:]}" if is_compact else text)
            except ValueError:
                pass  # the date has slashes, or its zone is in letters
        match = _DATE.fullmatch(text)
        if match is None:
            raise ValueError(text)
        first, _, second, third, *time = match.groups()
        if self.style == "year first":
            year, month, day = first, second, third
        elif self.style == "day first":
            day, month, year = first, second, third
        else:
            month, day, year = first, second, third
        if len(year) != 4:
            raise ValueError(text)
        return datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{_iso_time(time)}")


def detect_style(text: str) -> Style | Literal["unclear"] | None:
    """Return the style of a normalised date; None if the text is not a date."""
    if text[4:5] == "-" and text[:4].isdecimal():
        return "year first"
    if number := _NUMBER.fullmatch(text):
        return _STYLE_OF_LENGTH.get(len(number[1]))
    match = _DATE.fullmatch(text)
    if match is None:
        return "year first" if text[:8].isdecimal() and text[8:9] in {"T", "t"} else None
    if len(match[1]) == 4:
        return "year first"
    return "unclear" if len(match[4]) == 4 and len(match[1]) <= 2 else None


def _parse_timestamp(text: str, style: Style) -> int:
    number = _NUMBER.fullmatch(text)
    if number is None or _STYLE_OF_LENGTH.get(len(number[1])) != style:
        raise ValueError(text)
    places = 6 if style == "seconds" else 3
    return int(number[1] + (number[2] or "")[:places].ljust(places, "0"))


def _parse_excel_days(text: str) -> int:
    """Convert days since 1899-12-30, whose fraction is the time of day, to the nearest second."""
    number = _NUMBER.fullmatch(text)
    if number is None or _STYLE_OF_LENGTH.get(len(number[1])) != "Excel days":
        raise ValueError(text)
    days = float(text.replace(",", ".")) - _EXCEL_EPOCH_DAY
    return round(days * 86_400) * 1_000_000


def _reason(text: str) -> str:
    """Return the reason for which a date is rejected."""
    if is_missing(text):
        return f"{column_in_words('created_at')} is empty"
    return _SHORT_YEAR if _DATE.fullmatch(text) and detect_style(text) is None else UNREADABLE_DATE


def _iso_time(groups: Sequence[str | None]) -> str:
    hour, minute, second, fraction, half, zone = groups
    if half and hour:
        if not 1 <= int(hour) <= 12:
            raise ValueError(hour)
        hour = str(int(hour) % 12 + 12 * (half.upper() == "P"))
    is_utc = zone is None or zone.upper() in {"Z", "UTC", "GMT"}
    return (
        f"{hour or '0':0>2}:{minute or '00'}:{second or '00'}.{fraction or '0'}"
        f"{'+00:00' if is_utc else zone}"
    )
