"""Foreign text in the cells of tables that people open with a spreadsheet."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def inert(text: str) -> str:
    """The text as no spreadsheet takes it for a formula: with `'` before what begins like one."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
