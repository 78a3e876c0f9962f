"""When something was sold. A file writes its dates in one way; all its rows together tell which.

Year first (ISO 8601), seconds or milliseconds since 1970, and day or month first with `/`, `.` or
`-` are read. Which of day and month comes first is told by a date such as 31/12/2025; if there is
none, it is the day, but where most sales are to the United States the month. A time without a zone
is UTC. A year of two digits is refused: 10/11/12 could be three different days.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Order = Literal["year first", "day first", "month first", "seconds", "milliseconds"]

UNREADABLE_DATE = "created_at is not a date, or not one like the other rows'"
_SHORT_YEAR = "created_at has a year of two digits"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = {"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"}
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_DIGITS: dict[int, Order] = {
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
    """How a file writes its dates."""

    order: Order
    words: str
    """How that was decided, for people."""

    def read(self, text: str) -> int:
        """Microseconds since 1970.

        Raises:
            ValueError: it is not a date as this file writes them; the message says so.
        """
        text = text.strip()
        try:
            if self.order in {"seconds", "milliseconds"}:
                return _since_1970(text, self.order)
            when = self._calendar(text)
            delta = (when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH
        except (ValueError, OverflowError) as exc:
            short = _DATE.fullmatch(text) and _order(text) is None
            raise ValueError(_SHORT_YEAR if short else UNREADABLE_DATE) from exc
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def _calendar(self, text: str) -> datetime:
        if self.order == "year first" and text[:4].isdecimal():
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass  # slashes, or a zone in letters
        match = _DATE.fullmatch(text)
        if match is None:
            return _digits(text, self.order)
        first, _, second, third, *time = match.groups()
        if self.order == "year first":
            year, month, day = first, second, third
        elif self.order == "day first":
            day, month, year = first, second, third
        else:
            month, day, year = first, second, third
        if len(year) != 4:
            raise ValueError(text)
        return datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{_time(*time)}")


class DateSurvey:
    """Looks at all dates of a file, and tells how they are written."""

    def __init__(self) -> None:
        self._orders: Counter[Order | Literal["unclear"]] = Counter()
        self._proofs: Counter[Order] = Counter()
        self._first: dict[Order, str] = {}
        self._american = 0

    def add(self, dates: Sequence[str], countries: Sequence[str], lines: Sequence[int]) -> None:
        """Take note of some rows: what they say of date and country, and their lines."""
        counts = Counter(dates)
        line_of = dict(zip(reversed(dates), reversed(lines), strict=True))
        unclear = False
        for date, count in counts.items():
            order = _order(date.strip())
            if order is None:
                continue
            self._orders[order] += count
            if order == "unclear":
                unclear = True
                self._prove(date.strip(), count, line_of[date])
        if unclear:
            self._american += sum(one.strip().casefold() in _US for one in countries)

    def decide(self) -> DateFormat:
        """How this file writes its dates: as most of its rows do."""
        if not self._orders:
            return DateFormat("year first", "no date can be read")
        most, count = max(self._orders.items(), key=lambda one: (one[1], one[0]))
        if most == "unclear":
            order, words = self._day_or_month(count)
        elif most == "year first":
            order, words = most, "year first (ISO 8601); UTC where no zone is given"
        else:
            order, words = most, f"{most} since 1970"
        others = self._orders.total() - count
        more = f"; {others:,} rows write them in another way" if others else ""
        return DateFormat(order, words + more)

    def _prove(self, date: str, count: int, line: int) -> None:
        first, second = (int(part) for part in re.split(r"[-/.]", date, maxsplit=2)[:2])
        order: Order
        if 12 < first <= 31 and second <= 12:
            order = "day first"
        elif 12 < second <= 31 and first <= 12:
            order = "month first"
        else:
            return
        self._proofs[order] += count
        self._first.setdefault(order, f"line {line} has {date}")

    def _day_or_month(self, rows: int) -> tuple[Order, str]:
        day, month = self._proofs["day first"], self._proofs["month first"]
        if not day and not month:
            return _assumed(american=2 * self._american > rows)
        order: Order = "day first" if day >= month else "month first"
        words = f"{order}: {self._first[order]}; UTC where no zone is given"
        if day and month:
            against: Order = "month first" if day >= month else "day first"
            words += f"; but {self._first[against]}"
        return order, words


def _assumed(*, american: bool) -> tuple[Order, str]:
    why = "no date tells day from month"
    if american:
        return "month first", f"month first, assumed: {why}, and most sales are to the US"
    return "day first", f"day first, assumed: {why}; UTC where no zone is given"


def _order(text: str) -> Order | Literal["unclear"] | None:
    """How a date is written; None if it cannot be told or read."""
    if text[4:5] == "-" and text[:4].isdecimal():
        return "year first"
    if number := _NUMBER.fullmatch(text):
        return _DIGITS.get(len(number[1]))
    match = _DATE.fullmatch(text)
    if match is None:
        return "year first" if text[:8].isdecimal() and text[8:9] in {"T", "t"} else None
    if len(match[1]) == 4:
        return "year first"
    return "unclear" if len(match[4]) == 4 and len(match[1]) <= 2 else None


def _since_1970(text: str, order: Order) -> int:
    number = _NUMBER.fullmatch(text)
    if number is None or _DIGITS.get(len(number[1])) != order:
        raise ValueError(text)
    places = 6 if order == "seconds" else 3
    return int(number[1] + (number[2] or "")[:places].ljust(places, "0"))


def _digits(text: str, order: Order) -> datetime:
    if order != "year first" or len(text) != 14 or not text.isdecimal():
        raise ValueError(text)
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")


def _time(
    hour: str | None,
    minute: str | None,
    second: str | None,
    fraction: str | None,
    half: str | None,
    zone: str | None,
) -> str:
    if half and hour:
        if not 1 <= int(hour) <= 12:
            raise ValueError(hour)
        hour = str(int(hour) % 12 + 12 * (half.upper() == "PM"))
    named = zone is None or zone.upper() in {"Z", "UTC", "GMT"}
    return (
        f"{hour or '0':0>2}:{minute or '00'}:{second or '00'}.{fraction or '0'}"
        f"{'+00:00' if named else zone}"
    )
