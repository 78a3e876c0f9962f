from datetime import UTC, datetime

import pytest

from core.daily_time import parse_daily_time


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("03:00", "2026-01-05 01:00", "2026-01-05 03:00"),
        ("03:00", "2026-01-05 03:00", "2026-01-06 03:00"),
        ("3:00", "2026-01-05 12:00", "2026-01-06 03:00"),
        ("03:00 Europe/Berlin", "2026-01-05 12:00", "2026-01-06 02:00"),
        ("03:00 Europe/Berlin", "2026-07-05 12:00", "2026-07-06 01:00"),
        ("23:30 America/New_York", "2026-01-05 04:00", "2026-01-05 04:30"),
        ("02:30 Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:30"),  # 02:30 is skipped
    ],
)
def test_a_daily_time_comes_next_in_its_time_zone(text, moment, expected):
    time = parse_daily_time(text)
    moment, expected = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (moment, expected))
    assert time.next_after(moment) == expected


@pytest.mark.parametrize(
    "text", ["", "3", "24:00", "03:60", "03:00 Nowhere", "03:00 ../etc", "3am"]
)
def test_other_texts_are_refused_with_an_example(text):
    with pytest.raises(ValueError, match="Europe/Berlin"):
        parse_daily_time(text)
