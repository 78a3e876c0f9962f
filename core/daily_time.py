"""A time of day in a time zone, such as `03:00 Europe/Berlin`; UTC if no zone is given."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class DailyTime:
    """A time that comes once a day."""

    time: time
    zone: tzinfo

    def next_after(self, moment: datetime) -> datetime:
        """Return, in UTC, when this time next occurs after `moment`, an aware datetime."""
        today = moment.astimezone(self.zone).date()
        times = (
            datetime.combine(today + timedelta(days=days), self.time, self.zone) for days in (0, 1)
        )
        return next(each for each in (t.astimezone(UTC) for t in times) if each > moment)


def parse_daily_time(text: str) -> DailyTime:
    """Parse a time of day.

    Raises:
        ValueError: the text is not a time of day, or its time zone is unknown.
    """
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?: (\S+))?", text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a time of day; write 03:00 or 03:00 Europe/Berlin")
    hour, minute, name = match.groups()
    return DailyTime(time(int(hour), int(minute)), _zone(name) if name else UTC)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"{name!r} is not a time zone; write one like Europe/Berlin") from exc
