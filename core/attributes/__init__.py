"""Attributes of items: their types, how types are learned, and how values are read."""

from core.attributes.checks import check_attributes, check_not_seen
from core.attributes.learning import MAX_ATTRIBUTES, Cell, Observed, extend_types, learn_and_read
from core.attributes.number_text import decimal_signs
from core.attributes.value_counts import ValueCounts, count_values
from core.attributes.values import (
    AttributeType,
    AttributeTypes,
    Signs,
    fit_attributes,
    read_attributes,
    read_value,
)

__all__ = [
    "MAX_ATTRIBUTES", "AttributeType", "AttributeTypes", "Cell", "Observed", "Signs",
    "ValueCounts", "check_attributes", "check_not_seen", "count_values", "decimal_signs",
    "extend_types", "fit_attributes", "learn_and_read", "read_attributes", "read_value",
]  # fmt: skip
