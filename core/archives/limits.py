"""How far what is packed may swell: pictures and tables have an end, what goes on is neither."""

_HARMLESS = 16 * 1024 * 1024
"""So much may come out of however little."""


def most_unpacked(packed: int, expansion: int) -> int:
    """How many bytes may come out of so many, at `expansion` times their size."""
    return max(_HARMLESS, packed * expansion)
