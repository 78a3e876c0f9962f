"""Protects CSV cells that hold untrusted text against formula injection in spreadsheets.

Depending on its language, a spreadsheet may split a line at a delimiter other than the comma, so
the text after a semicolon, tab, pipe or line break in a cell may become a cell of its own.
"""

import re

_FORMULA = re.compile(r"(^|[;|\t\r\n])([\s\"']*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001
_ESCAPED = re.compile(_FORMULA.pattern.replace("(?=", "'(?="))


def escape_formula(text: str) -> str:
    """Return the text with a `'` before everything that a spreadsheet would take for a formula."""
    escaped = _FORMULA.sub(r"\1\2'", text)
    return f"'{escaped}" if escaped.startswith(("\t", "\r")) else escaped


def unescape_formula(text: str) -> str:
    """Return a text as it was before `escape_formula`; a `'` before a tab at its start is lost."""
    return _ESCAPED.sub(r"\1\2", text[1:] if text.startswith(("'\t", "'\r")) else text)
