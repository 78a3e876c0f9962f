"""Values as texts for people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lookalike.cli.output.filter_text import filter_text, value_text
from lookalike.models import Collection, CountedAttribute, Reason


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """Return attributes in one line, name and title first."""
    names = [str(attributes[key]) for key in ("name", "title") if key in attributes]
    rest = {key: value for key, value in attributes.items() if key not in {"name", "title"}}
    return "; ".join(names + [f"{key}: {value}" for key, value in rest.items()])


def time_text(at: datetime | None) -> str:
    """Return a time as text in this machine's time zone, "" for None."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, such as "1 order" or "2 orders"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def encoder_text(collection: Collection) -> str:
    """Return the encoder in use, and the one that will replace it."""
    now, then = collection.encoder, collection.changing_to
    return f"{now}, changing to {then}" if then else now


def rule_items_text(rule: Mapping[str, Any]) -> str:
    """Return which items a rule is about."""
    if filter := rule.get("filter"):
        return filter_text(filter)
    return ", ".join(rule.get("skus") or ())


def values_text(attribute: CountedAttribute) -> str:
    """Return the values of an attribute, with how many items have them, or their range."""
    if attribute.values is not None:
        values = (f"{value_text(row.value)} ({row.items:,})" for row in attribute.values)
        return ", ".join(values) or "none"
    if attribute.least is not None and attribute.greatest is not None:
        return f"{attribute.least:.15g} to {attribute.greatest:.15g}"
    return "not listed: more than 50 values, long texts, or objects"


def reason_text(reason: Reason) -> str:
    """Return the text of a reason."""
    orders = counted(reason.orders or 0, "order")
    match reason.kind:
        case "bought_before":
            return f"bought in {orders}{f', last on {reason.last}' if reason.last else ''}"
        case "bought_together":
            return f"bought with {reason.with_sku} in {orders}"
        case "looks_like":
            return f"looks like {reason.with_sku} ({reason.similarity or 0:.2f})"
        case "popular":
            where = f" in {reason.region}" if reason.region else ""
            return f"popular{where}: {orders}"
        case "rule":
            return f"rule {reason.rule}"
    return reason.kind
