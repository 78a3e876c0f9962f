"""Filters on item attributes: the filter language, and hints when a filter matches nothing."""
