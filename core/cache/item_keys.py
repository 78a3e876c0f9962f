"""The keys of what the cache knows about each item: its card and its availability."""

PREFIX = "lookalike:items:"
"""Followed by the collection and `:cards` (SKU -> attributes as JSON), `:availability` (SKU ->
availability; items in stock have none) or `:live` (version of the availabilities, set while both
are complete)."""
