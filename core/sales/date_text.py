"""Normalises the text of dates: spaces of all kinds, and months and weekdays in letters."""

import re

_MONTHS = (
    "jan january januar janvier janv enero ene gennaio gen janeiro januari jänner styczeń leden",
    "feb february februar février fevrier févr fevr fev fév febrero febbraio fevereiro februari",
    "mar march märz maerz mär mrz mars marzo março marco maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août aout agosto ago augustus",
    "sep sept september septembre septiembre settembre set setembro",
    "oct october oktober okt octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dez dezember décembre decembre déc diciembre dic dicembre dezembro",
)
_NUMBER_OF = {name: n for n, names in enumerate(_MONTHS, start=1) for name in names.split()}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\u202a\u202c\ufeff"))
_MONTH = r"([^\W\d_]{3,11})\.?"
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th|er|\.|º)?"
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,? +)?"
_DE = r"(?:(?:of|de) )?"
_SEPARATOR = r"[ ./,-]{1,2}"
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}{_DAY}{_SEPARATOR}{_DE}{_MONTH}{_SEPARATOR}{_DE}([0-9]{{4}}|[0-9]{{2}})\b(.*)",
    re.I,
)
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}{_MONTH}{_SEPARATOR}{_DAY}{_SEPARATOR}([0-9]{{4}})\b(.*)", re.IGNORECASE
)
_YEAR_FIRST = re.compile(
    rf"([0-9]{{4}}){_SEPARATOR}{_MONTH}{_SEPARATOR}{_DAY}\b(.*)", re.IGNORECASE
)
_ZONE_NAME = re.compile(r" *\([^)]*\)$|(?<=[0-9 ])(?:GMT|UTC)(?=[+-][0-9])", re.IGNORECASE)


def normalize_date(text: str) -> str:
    """Return the text with single spaces, without invisible characters, and with numbers only.

    Dates with the month in letters become year first: `Sep 1, 2026 8:30 AM` and `1-SEP-26 8:30 AM`
    become `2026-09-01 8:30 AM`.
    """
    if not text.isascii():
        text = text.translate(_INVISIBLE)
    text = " ".join(text.split())
    return _with_month_number(text) or text if has_letters(text) else text


def has_letters(text: str) -> bool:
    """Return whether a date may have its month in letters."""
    return text[8:9] not in {"T", "t"} and any(map(str.isalpha, text[:9]))


def _with_month_number(text: str) -> str | None:
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year, rest = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year, rest = match.groups()
    elif match := _YEAR_FIRST.fullmatch(text):
        year, month, day, rest = match.groups()
    else:
        return None
    number = _NUMBER_OF.get(month.casefold())
    if number is None:
        return None
    rest = _ZONE_NAME.sub("", re.sub(r"^,? *(?:at|um|à)? +", " ", rest))
    return f"{year if len(year) == 4 else f'20{year}'}-{number:02}-{int(day):02}{rest}"
