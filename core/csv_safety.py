"""Protects CSV cells that hold foreign text against formula injection in spreadsheets."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Return the text, prefixed with `'` if a spreadsheet would take the text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
