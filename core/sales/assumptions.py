"""Says in words what was assumed while a sales file was read."""

from core.sales.dialect import Dialect
from core.sales.file_survey import Survey
from core.sales.header import column_in_words
from core.tables.foreign_words import describe_guess


def list_assumptions(dialect: Dialect, survey: Survey) -> list[str]:
    """Return a sentence for each assumption, with what the sender can do about it."""
    sentences = []
    if dialect.layout.title_lines:
        header = dialect.layout.header_lines
        sentences.append(f"the header is line {header}; the lines above it are ignored")
    if not dialect.encoding_is_stated and (guess := describe_guess(survey.encoding, survey.word)):
        sentences.append(
            f"{guess}; if that is wrong, save the file as UTF-8, or state its encoding (parameter "
            "`encoding`)"
        )
    if survey.decimal_columns:
        columns = ", ".join(map(column_in_words, sorted(survey.decimal_columns)))
        sentences.append(f"{columns}: 17850.0 is read as 17850, since all values end in .0")
    if survey.dates.is_assumed:
        sentences.append(
            f"dates: {survey.dates.description}; if that is wrong, state whether the day or the "
            "month comes first (parameter `dates`)"
        )
    return sentences
