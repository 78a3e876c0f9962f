"""Parses order dates. All dates of a file share one format, which all its rows determine.

Accepted formats are year first (ISO 8601), seconds or milliseconds since 1970, and day or month
first with `/`, `.` or `-`. A date such as 31/12/2025 shows whether the day or the month comes
first. Without such a date, the day is assumed to come first, or the month if most sales are to the
United States. A time without a zone is UTC. 10/11/12 is rejected, because it could mean three
different days.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Style = Literal["year first", "day first", "month first", "seconds", "milliseconds"]

UNREADABLE_DATE = "created_at is not a date in the format of the other rows"
_SHORT_YEAR = "created_at has a year with only two digits"
_ASSUMED = "assumed: no date shows which number is the day"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = {"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"}
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_STYLE_OF_LENGTH: dict[int, Style] = {
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
        ([0-9]{1,2}) : ([0-9]{2}) (?: : ([0-9]{2}) (?: [.,] ([0-9]{1,9}) )? )? [ ]? ([AP]M)? )?
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

    def parse(self, text: str) -> int:
        """Return microseconds since 1970.

        Raises:
            ValueError: the text is not a date in this format; the message says why.
        """
        text = text.strip()
        try:
            if self.style in {"seconds", "milliseconds"}:
                return _parse_timestamp(text, self.style)
            at = self._parse_calendar_date(text)
            delta = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
        except (ValueError, OverflowError) as exc:
            short = _DATE.fullmatch(text) and _detect_style(text) is None
            raise ValueError(_SHORT_YEAR if short else UNREADABLE_DATE) from exc
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


class DateSurvey:
    """Collects all dates of a file and detects their format."""

    def __init__(self) -> None:
        self._styles: Counter[Style | Literal["unclear"]] = Counter()
        self._proofs: Counter[Style] = Counter()
        """Number of rows whose date can only be day first, or only month first."""
        self._first_proof: dict[Style, str] = {}
        self._us_rows = 0

    def add(self, dates: Sequence[str], countries: Sequence[str], lines: Sequence[int]) -> None:
        """Add the dates, countries and line numbers of a block of rows."""
        counts = Counter(dates)
        line_of = dict(zip(reversed(dates), reversed(lines), strict=True))
        unclear = False
        for date, count in counts.items():
            style = _detect_style(date.strip())
            if style is None:
                continue
            self._styles[style] += count
            if style == "unclear":
                unclear = True
                self._add_proof(date.strip(), count, line_of[date])
        if unclear:
            self._us_rows += sum(country.strip().casefold() in _US for country in countries)

    def decide(self) -> DateFormat:
        """Return the format of most rows."""
        if not self._styles:
            return DateFormat("year first", "no date can be read")
        style, count = max(self._styles.items(), key=lambda row: (row[1], row[0]))
        if style == "unclear":
            style, description = self._day_or_month(count)
        elif style == "year first":
            description = "year first (ISO 8601); UTC where no zone is given"
        else:
            description = f"{style} since 1970"
        others = self._styles.total() - count
        suffix = f"; {others:,} rows use another format" if others else ""
        return DateFormat(style, description + suffix)

    def _add_proof(self, date: str, count: int, line: int) -> None:
        first, second = (int(part) for part in re.split(r"[-/.]", date, maxsplit=2)[:2])
        style: Style
        if 12 < first <= 31 and second <= 12:
            style = "day first"
        elif 12 < second <= 31 and first <= 12:
            style = "month first"
        else:
            return
        self._proofs[style] += count
        self._first_proof.setdefault(style, f"line {line} has {date}")

    def _day_or_month(self, rows: int) -> tuple[Style, str]:
        styles = sorted(self._proofs, key=lambda style: (-self._proofs[style], style))
        if not styles and 2 * self._us_rows > rows:
            return "month first", f"month first, {_ASSUMED}, and most sales are to the US"
        if not styles:
            return "day first", f"day first, {_ASSUMED}; UTC where no zone is given"
        description = f"{styles[0]}: {self._first_proof[styles[0]]}; UTC where no zone is given"
        for other in styles[1:]:
            description += f"; but {self._first_proof[other]}"
        return styles[0], description


def _detect_style(text: str) -> Style | Literal["unclear"] | None:
    """Return the style of a date; None if the text is not a date."""
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


def _iso_time(groups: Sequence[str | None]) -> str:
    hour, minute, second, fraction, half, zone = groups
    if half and hour:
        if not 1 <= int(hour) <= 12:
            raise ValueError(hour)
        hour = str(int(hour) % 12 + 12 * (half.upper() == "PM"))
    is_utc = zone is None or zone.upper() in {"Z", "UTC", "GMT"}
    return (
        f"{hour or '0':0>2}:{minute or '00'}:{second or '00'}.{fraction or '0'}"
        f"{'+00:00' if is_utc else zone}"
    )
