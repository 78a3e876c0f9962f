"""Detects the format of the dates of a sales file from all its rows.

A date such as 31/12/2025 shows whether the day or the month comes first, and so does 1/12/2026 in
November 2026, since a sale is not in the future. Without such a date, earlier files of the
collection decide. If there are none, the day is assumed to come first, or the month if most sales
are to the United States.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from core.sales.date_text import has_letters, normalize_date
from core.sales.dates import DateFormat, DateOrder, Style, detect_style

CLOCK_SKEW = timedelta(days=1)  # a shop's local time may be ahead of UTC
ACCEPTED_DATES = "2026-12-31 23:59:59, 31.12.2026, 12/31/2026, 31 Dec 2026 or 1798761599"
_ASSUMED = "assumed: no date shows which number is the day"
_UTC = "UTC where no zone is given"
_US = {"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"}
_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)


@dataclass(frozen=True)
class DateHints:
    """What is known about the dates of a file from other sources than the file itself."""

    stated: DateOrder | None = None
    """The order that the sender has stated."""
    earlier: DateOrder | None = None
    """The order that earlier files of the collection have shown."""
    now: datetime | None = None
    """The time after which no sale can be; the current time if None."""


class DateSurvey:
    """Collects all dates of a file and detects their format."""

    def __init__(self, hints: DateHints) -> None:
        self._hints = hints
        self._latest = (hints.now or datetime.now(UTC)) + CLOCK_SKEW
        self._styles: Counter[Style | Literal["unclear"]] = Counter()
        self._proofs: Counter[DateOrder] = Counter()
        """Number of rows whose date can only be day first, or only month first."""
        self._first_proof: dict[DateOrder, str] = {}
        self._future: dict[DateOrder, str] = {}
        """The first date in each order that would be in the future in the other order."""
        self._first_unreadable = ""
        self._us_rows = 0
        self._letters = False

    def add(self, dates: Sequence[str], countries: Sequence[str], lines: Sequence[int]) -> None:
        """Add the dates, countries and line numbers of a block of rows."""
        counts = Counter(dates)
        line_of = dict(zip(reversed(dates), reversed(lines), strict=True))
        unclear = False
        for text, count in counts.items():
            date, where = normalize_date(text), line_of[text]
            style = detect_style(date)
            if style is None:
                self._add_unreadable(text, where)
                continue
            self._styles[style] += count
            self._letters = self._letters or (style == "year first" and has_letters(text.strip()))
            if style == "unclear":
                unclear = True
                self._add_proof(date, count, where)
        if unclear:
            self._us_rows += sum(country.strip().casefold() in _US for country in countries)

    def decide(self) -> DateFormat:
        """Return the format that most rows use."""
        if not self._styles:
            example = self._first_unreadable or "the column is empty"
            return DateFormat("year first", f"no date can be read: {example}")
        style, count = max(self._styles.items(), key=lambda row: (row[1], row[0]))
        if style == "unclear":
            chosen = self._day_or_month(count)
        else:
            chosen = DateFormat(style, self._describe(style))
        others = self._styles.total() - count
        suffix = f"; {others:,} rows use another format" if others else ""
        suffix += f"; {self._first_unreadable}" if self._first_unreadable else ""
        return DateFormat(chosen.style, chosen.description + suffix, chosen.is_assumed)

    def _describe(self, style: Style) -> str:
        if style == "year first":
            first = "the month in letters" if self._letters else "year first (ISO 8601)"
            return f"{first}; {_UTC}"
        if style == "Excel days":
            return "Excel's serial numbers (days since 1900); UTC"
        return f"{style} since 1970"

    def _add_unreadable(self, text: str, line: int) -> None:
        if text.strip() and not self._first_unreadable:
            self._first_unreadable = (
                f"line {line} has {text.strip()[:40]!r}; use a form like {ACCEPTED_DATES}"
            )

    def _add_proof(self, date: str, count: int, line: int) -> None:
        first, second = (int(part) for part in re.split(r"[-/.]", date, maxsplit=2)[:2])
        if 12 < first <= 31 and second <= 12:
            self._proofs["day first"] += count
            self._first_proof.setdefault("day first", f"line {line} has {date}")
        elif 12 < second <= 31 and first <= 12:
            self._proofs["month first"] += count
            self._first_proof.setdefault("month first", f"line {line} has {date}")
        elif len(self._future) < 2 and first != second:
            self._add_future(date, line)

    def _add_future(self, date: str, line: int) -> None:
        for order, other in zip(_ORDERS, reversed(_ORDERS), strict=True):
            if self._is_future(date, other) and not self._is_future(date, order):
                reason = f"line {line} has {date}, which would be in the future if read {other}"
                self._future.setdefault(order, reason)

    def _is_future(self, date: str, order: DateOrder) -> bool:
        with suppress(ValueError):
            latest = int(self._latest.timestamp()) * 1_000_000
            return DateFormat(order, "").parse(date) > latest
        return False

    def _day_or_month(self, rows: int) -> DateFormat:
        proved = sorted(self._proofs, key=lambda order: (-self._proofs[order], order))
        reasons = [self._first_proof[order] for order in proved]
        if stated := self._hints.stated:
            but = "".join(f"; but {self._first_proof[o]}" for o in proved if o != stated)
            return DateFormat(stated, f"{stated}, as stated{but}; {_UTC}")
        if proved:
            return DateFormat(proved[0], f"{proved[0]}: {'; but '.join(reasons)}; {_UTC}")
        if len(self._future) == 1:
            ((order, reason),) = self._future.items()
            return DateFormat(order, f"{order}: {reason}; {_UTC}")
        return self._assume(rows)

    def _assume(self, rows: int) -> DateFormat:
        if earlier := self._hints.earlier:
            return DateFormat(earlier, f"{earlier}, as in earlier files; {_UTC}")
        if 2 * self._us_rows > rows:
            reason = f"month first, {_ASSUMED}, and most sales are to the US"
            return DateFormat("month first", reason, is_assumed=True)
        return DateFormat("day first", f"day first, {_ASSUMED}; {_UTC}", is_assumed=True)
