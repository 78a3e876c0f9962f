from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.sales.date_survey import DateHints, DateSurvey

NOVEMBER_2026 = datetime(2026, 11, 26, tzinfo=UTC)


def decide(*dates, country="DE", countries=None, now=NOVEMBER_2026, **hints):
    survey = DateSurvey(DateHints(now=now, **hints))
    survey.add(dates, countries or [country] * len(dates), range(2, 2 + len(dates)))
    return survey.decide()


def read_date(text, *others, **kwargs):
    """How the first date is read in a file of these dates."""
    return datetime.fromtimestamp(decide(text, *others, **kwargs).parse(text) / 1e6, UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-12-31", (2025, 12, 31)),
        (" 2025-12-31 ", (2025, 12, 31)),
        ("20251231", (2025, 12, 31)),
        ("20251231T235958Z", (2025, 12, 31, 23, 59, 58)),
        ("20251231235958", (2025, 12, 31, 23, 59, 58)),
        ("2025-12-31T23:59", (2025, 12, 31, 23, 59)),
        ("2025-12-31 23:59:58", (2025, 12, 31, 23, 59, 58)),
        ("2025-12-31T23:59:58Z", (2025, 12, 31, 23, 59, 58)),
        ("2025-12-31T23:59:58.25Z", (2025, 12, 31, 23, 59, 58, 250_000)),
        ("2025-12-31T23:59:58,25", (2025, 12, 31, 23, 59, 58, 250_000)),
        ("2025-12-31 23:59:58.123456789", (2025, 12, 31, 23, 59, 58, 123_456)),
        ("2025-12-31T23:59:58+02:00", (2025, 12, 31, 21, 59, 58)),
        ("2025-12-31 23:59:58 -0130", (2026, 1, 1, 1, 29, 58)),
        ("2025-12-31 23:59:58+00", (2025, 12, 31, 23, 59, 58)),
        ("2025-12-31 23:59:58 UTC", (2025, 12, 31, 23, 59, 58)),
        ("2025/12/31 23:59", (2025, 12, 31, 23, 59)),
        ("2025.1.2", (2025, 1, 2)),
        ("2025-1-2 3:04", (2025, 1, 2, 3, 4)),
        ("2025-12-31\u202f23:59", (2025, 12, 31, 23, 59)),
        ("\u200e12\u200e/\u200e31\u200e/\u200e2025", (2025, 12, 31)),
        ("Sep 1, 2025 8:30:09 AM", (2025, 9, 1, 8, 30, 9)),
        ("September 1st, 2025 at 8:30 pm", (2025, 9, 1, 20, 30)),
        ("1. September 2025", (2025, 9, 1)),
        ("1 déc. 2025 23:59", (2025, 12, 1, 23, 59)),
        ("31 de dezembro de 2025", (2025, 12, 31)),
        ("31-DEC-25 11.59.58.250000 PM", (2025, 12, 31, 23, 59, 58, 250_000)),
        ("2025-Dec-31", (2025, 12, 31)),
        ("Wed, 31 Dec 2025 23:59:58 +0200", (2025, 12, 31, 21, 59, 58)),
        ("Wed Dec 31 2025 23:59:58 GMT+0200 (CEST)", (2025, 12, 31, 21, 59, 58)),
        ("45657.5", (2024, 12, 31, 12)),
        ("46000,4375", (2025, 12, 9, 10, 30)),
        ("46022", (2025, 12, 31)),
        ("31/12/2025", (2025, 12, 31)),
        ("31.12.2025 23:59", (2025, 12, 31, 23, 59)),
        ("31-12-2025T23:59:58.5+01:00", (2025, 12, 31, 22, 59, 58, 500_000)),
        ("12/31/2025 11:59 PM", (2025, 12, 31, 23, 59)),
        ("12/31/2025 12:05:06 am", (2025, 12, 31, 0, 5, 6)),
        ("12/31/2025, 12:05pm", (2025, 12, 31, 12, 5)),
        ("31/12/2025 11.59.58", (2025, 12, 31, 11, 59, 58)),
        ("31/12/2025, 11:59:58 p. m.", (2025, 12, 31, 23, 59, 58)),
        ("12/31/2025, 1:05:00\u202fPM", (2025, 12, 31, 13, 5)),
        ("1767225599", (2025, 12, 31, 23, 59, 59)),
        ("1767225599.25", (2025, 12, 31, 23, 59, 59, 250_000)),
        ("1767225599250", (2025, 12, 31, 23, 59, 59, 250_000)),
        ("1767225599250.1259", (2025, 12, 31, 23, 59, 59, 250_125)),
        ("946684800", (2000, 1, 1)),
    ],
)
def test_a_date_is_read(text, expected):
    assert read_date(text) == datetime(*expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "never", "1 Foo 2025", "31 Feb 2025",
        "2025", "2025-13-01", "2025-02-30", "2025-01-01T25:00", "31/13/2025",
        "31/12-2025", "30.2.2025", "12/31/2025 13:00 PM", "12/31/2025 0:30 AM", "1.5e9",
        "-1767225599", "17672255", "123", "1767225599250000", "2025-01-01T00:00:00+99:99",
        "٢٠٢٥-١٢-٣١", "0000-01-01", "1/1/2025 10:00:00:00", "2025-12-31 23:59 CET", "inf",
        "1/1/02025", "\x00",
    ],
)  # fmt: skip
def test_an_invalid_date_is_refused(text):
    with pytest.raises(ValueError, match="not a date"):
        decide(text, "2025-01-01").parse(text)
    with pytest.raises(ValueError, match="not a date"):
        decide(text).parse(text)


@pytest.mark.parametrize("text", ["10/11/12", "31.12.25", "1-2-03 10:00"])
def test_a_year_of_two_digits_is_refused_whatever_the_other_dates_are(text):
    for others in ((), ("31/12/2025",), ("2025-12-31",)):
        with pytest.raises(ValueError, match="two digits"):
            decide(text, *others).parse(text)


def test_one_date_can_show_for_all_that_the_day_comes_first():
    dates = decide("01/02/2025", "03/04/2025", "31/12/2024")
    assert dates.style == "day first"
    assert dates.description.startswith("day first: line 4 has 31/12/2024")
    assert read_date("01/02/2025", "31/12/2024") == datetime(2025, 2, 1, tzinfo=UTC)


def test_one_date_can_show_for_all_that_the_month_comes_first():
    dates = decide("01/02/2025", "12/31/2024", "12/30/2024")
    assert dates.style == "month first"
    assert dates.description.startswith("month first: line 3 has 12/31/2024")
    assert read_date("01/02/2025", "12/31/2024") == datetime(2025, 1, 2, tzinfo=UTC)


def test_the_first_unambiguous_date_is_named_even_if_repeated():
    assert "line 2 has 31.12.2024" in decide(*["31.12.2024"] * 3).description


def test_without_such_a_date_the_day_is_assumed_first():
    dates = decide("01/02/2025", "03/04/2025")
    assert (dates.style, dates.description.split(";")[0]) == (
        "day first",
        "day first, assumed: no date shows which number is the day",
    )


@pytest.mark.parametrize("country", ["US", " usa ", "United States"])
def test_without_such_a_date_the_month_is_assumed_first_in_a_file_of_american_sales(country):
    dates = decide("01/02/2025", "03/04/2025", "03/04/2025", countries=[country, country, "DE"])
    assert dates.style == "month first"
    assert "most sales are to the US" in dates.description
    assert decide("01/02/2025", "03/04/2025", countries=[country, "DE"]).style == "day first"


def test_a_date_that_would_be_in_the_future_shows_the_order():
    dates = decide("1/11/2026", "1/12/2026")
    assert (dates.style, dates.is_assumed) == ("month first", False)
    assert dates.description.startswith("month first: line 3 has 1/12/2026, which would be in the")
    assert decide("11/1/2026", "12/1/2026").style == "day first"
    assert decide("1/11/2026", "1/12/2026", "31/1/2026").style == "day first"


def test_earlier_files_decide_before_countries_do():
    dates = decide("01/02/2025", earlier="month first")
    assert (dates.style, dates.known_order) == ("month first", "month first")
    assert "as in earlier files" in dates.description
    assert decide("31/01/2025", earlier="month first").style == "day first"
    assert decide("01/02/2025", country="US", earlier="day first").style == "day first"


def test_the_stated_order_counts_even_against_the_dates():
    dates = decide("31/01/2025", "02/03/2025", stated="month first")
    assert dates.style == "month first"
    assert dates.description.startswith("month first, as stated; but line 2 has 31/01/2025")


def test_an_assumed_order_is_not_known():
    dates = decide("01/02/2025")
    assert (dates.is_assumed, dates.known_order) == (True, None)
    assert decide("31/01/2025").known_order == "day first"
    assert decide("2025-01-31").known_order is None


def test_the_first_unreadable_date_is_shown_with_the_accepted_forms():
    description = decide("2025-01-31", "soon", "later").description
    assert "line 3 has 'soon'; use a form like 2026-12-31 23:59:59, 31.12.2026" in description


@pytest.mark.parametrize("text", ["", " ", "NULL", "n/a", "-"])
def test_a_missing_date_is_called_empty(text):
    with pytest.raises(ValueError, match=r"date \(created_at\) is empty"):
        decide("2025-01-31").parse(text)


def test_an_unambiguous_date_decides_even_in_american_sales():
    assert decide("01/02/2025", "31/12/2025", country="US").style == "day first"


def test_the_majority_decides_between_contradicting_dates_and_both_are_named():
    dates = decide("31/12/2025", "30/12/2025", "12/31/2025")
    assert dates.description.startswith("day first: line 2 has 31/12/2025")
    assert "but line 4 has 12/31/2025" in dates.description
    with pytest.raises(ValueError, match="in the format of the other rows"):
        dates.parse("12/31/2025")


def test_dates_in_another_format_than_the_majority_are_refused():
    dates = decide("2025-01-01", "2025-01-02", "1767225599")
    assert dates.style == "year first"
    assert dates.description.endswith("; 1 rows use another format")
    for other in ("1767225599", "31/12/2025", "1767225599250"):
        with pytest.raises(ValueError, match="in the format of the other rows"):
            dates.parse(other)


def test_a_file_can_be_surveyed_in_blocks():
    survey = DateSurvey(DateHints())
    survey.add(["01/02/2025"], ["DE"], [2])
    survey.add(["31/01/2025"], ["DE"], [70_000])
    assert "line 70000 has 31/01/2025" in survey.decide().description


def test_a_file_without_any_date_says_so():
    assert decide("").description == "no date can be read: the column is empty"
    assert decide("", "x", "y").description.startswith("no date can be read: line 3 has 'x'; use")


@pytest.mark.parametrize("hours", [-12, 5, 14])
def test_a_time_zone_is_converted_to_utc(hours):
    local = datetime(2025, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=hours)))
    assert read_date(local.isoformat()) == local
