"""The keys of what the cache knows about each item: its card, its age and its availability."""

PREFIX = "lookalike:items:"
"""Followed by the collection and `:cards` (SKU -> attributes as JSON), `:created` (SKUs, sorted by
the negative time of creation in microseconds), `:availability` (SKU -> availability; items in stock
have none), `:images` (SKU -> views, beginnings of file hashes, and problems as JSON), `:files` (the
hashes with SKUs, sorted), `:words` (all words of attributes), `:word:WORD` (SKUs of the items that
have the word), or `:live` (version of the availabilities, set while all of these are complete)."""


def key_of(collection: str, part: str) -> str:
    """Return the key of a part, such as `cards`, of what is known about a collection's items."""
    return f"{PREFIX}{collection}:{part}"
