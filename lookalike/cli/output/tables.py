"""Tables for people and JSON for programs."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

from lookalike.cli.output.filter_text import filter_text, value_text
from lookalike.models import Collection, CountedAttribute, Reason

_PIPE_WIDTH = 10_000  # without a terminal, lines are not folded
_MIN_COLUMN_WIDTH = 8
Column = tuple[str, Callable[[Any], str]]
"""A heading, and a function that returns the text of the column's cell in a row."""


def print_json(value: Any, indent: int | None = 2) -> None:
    """Print a model, a list of models or plain data as JSON; on one line if `indent` is None."""
    typer.echo(json.dumps(value, indent=indent, ensure_ascii=False, default=_to_json))


def print_line(line: str, value: Any, *, as_json: bool) -> None:
    """Print a line of text, or the value as JSON instead."""
    if as_json:
        print_json(value)
    else:
        typer.echo(line)


def print_table(rows: Iterable[Any], columns: Sequence[Column], title: str | None = None) -> None:
    """Print a table with a line for each row.

    On a terminal, cells with several words are folded to fit the terminal's width. IDs and names
    are folded only if the table does not fit otherwise.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[text_of(row) for _, text_of in columns] for row in rows]
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    unfolded = _unfolded_columns([heading for heading, _ in columns], cells, console.width)
    table = Table(box=None, pad_edge=False)
    for (heading, _), no_wrap in zip(columns, unfolded, strict=True):
        table.add_column(heading, overflow="fold", no_wrap=no_wrap)
    for row in cells:
        table.add_row(*map(Text, row))
    if title:  # rich would fold a title of the table to the width of the table
        console.print(Text(title, style="table.title"))
    console.print(table)


def _unfolded_columns(
    headings: Sequence[str], cells: Sequence[Sequence[str]], width: int
) -> list[bool]:
    """Return which columns are never folded: those without spaces, if there is room for them."""
    columns = list(zip(headings, *cells, strict=True))
    spaceless = [not any(" " in text for text in column) for column in columns]
    widths = [
        max(map(len, column)) if whole else _MIN_COLUMN_WIDTH
        for column, whole in zip(columns, spaceless, strict=True)
    ]
    return spaceless if sum(widths) + len(widths) <= width else [False] * len(spaceless)


def show(
    rows: Iterable[Any], columns: Sequence[Column], *, as_json: bool, title: str | None = None
) -> None:
    """Print rows as a table or as JSON."""
    if as_json:
        print_json(list(rows))
    else:
        print_table(rows, columns, title)


def show_row(row: Any, columns: Sequence[Column], *, as_json: bool) -> None:
    """Print a single row as a table or as JSON."""
    if as_json:
        print_json(row)
    else:
        print_table([row], columns)


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
    """Return the values of an attribute, with how many items have them, or their range.

    The server sends no values of a text or list if it has none, or too many or too long ones.
    """
    if attribute.values:
        return ", ".join(f"{value_text(row.value)} ({row.items:,})" for row in attribute.values)
    if attribute.least is not None and attribute.greatest is not None:
        return f"{attribute.least:.15g} to {attribute.greatest:.15g}"
    has_choices = attribute.type in {"text", "list"}
    return "not listed: more than 50 values, long texts, or none" if has_choices else ""


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


MATCHES: tuple[Column, ...] = (
    ("score", lambda match: f"{match.score:.3f}"),
    ("sku", lambda match: match.sku),
    ("view", lambda match: match.view),
    ("attributes", lambda match: attributes_text(match.attributes)),
)
NEW_ITEMS: tuple[Column, ...] = (
    ("sku", lambda item: item.sku),
    ("created", lambda item: time_text(item.created_at)),
    ("attributes", lambda item: attributes_text(item.attributes)),
)
BOUGHT_TOGETHER: tuple[Column, ...] = (
    ("sku", lambda row: row.sku),
    ("orders", lambda row: f"{row.orders:,}"),
    ("support", lambda row: f"{row.support:.2%}"),
    ("lift", lambda row: f"{row.lift:,.1f}"),
)
COLLECTIONS: tuple[Column, ...] = (
    ("name", lambda collection: collection.name),
    ("items", lambda collection: f"{collection.items:,}"),
    ("images", lambda collection: f"{collection.images:,}"),
    ("encoder", encoder_text),
    ("state", lambda collection: collection.state),
    ("created", lambda collection: time_text(collection.created_at)),
    ("description", lambda collection: collection.description),
)
ATTRIBUTES: tuple[Column, ...] = (
    ("attribute", lambda row: row.name),
    ("type", lambda row: row.type),
)
ATTRIBUTE_COUNTS: tuple[Column, ...] = (*ATTRIBUTES, ("values", values_text))
DUPLICATES: tuple[Column, ...] = (
    ("kind", lambda group: group.kind.replace("_", " ")),
    ("score", lambda group: f"{group.members[0].score:.3f}"),
    ("skus", lambda group: ", ".join(member.sku for member in group.members)),
)
DISMISSALS: tuple[Column, ...] = (
    ("id", lambda row: row.id),
    ("dismissed", lambda row: time_text(row.dismissed_at)),
    ("skus", lambda row: ", ".join(row.skus)),
    ("others", lambda row: ", ".join(row.others)),
    ("view", lambda row: row.view or ""),
    ("problems", lambda row: ", ".join(row.problems)),
)
IMAGE_PROBLEMS: tuple[Column, ...] = (
    ("sku", lambda row: row.sku),
    ("view", lambda row: row.view),
    ("problems", lambda row: ", ".join(row.problems)),
)
UNAVAILABLE: tuple[Column, ...] = (
    ("sku", lambda row: row.sku),
    ("availability", lambda row: row.availability),
)
ITEMS: tuple[Column, ...] = (
    ("sku", lambda item: item.sku),
    ("views", lambda item: ", ".join(image.view for image in item.images)),
    ("updated", lambda item: time_text(item.updated_at)),
    ("availability", lambda item: item.availability),
    ("attributes", lambda item: attributes_text(item.attributes)),
)
JOBS: tuple[Column, ...] = (
    ("id", lambda job: job.id),
    ("kind", lambda job: job.kind),
    ("collection", lambda job: job.collection),
    ("state", lambda job: job.state.value),
    ("progress", lambda job: str(job.progress)),
    ("created", lambda job: time_text(job.created_at)),
)
FAILURES: tuple[Column, ...] = (
    ("file", lambda failure: failure.url or failure.file),
    ("sku", lambda failure: failure.sku or ""),
    ("code", lambda failure: failure.code),
    ("reason", lambda failure: failure.reason),
)
RULES: tuple[Column, ...] = (
    ("id", lambda rule: rule["id"]),
    ("placement", lambda rule: ", ".join(rule["placement"])),
    ("action", lambda rule: f"{rule['action']} {rule.get('position', '')}".strip()),
    ("items", rule_items_text),
    ("from", lambda rule: rule.get("from", "")),
    ("until", lambda rule: rule.get("until", "")),
)
RECOMMENDATIONS: tuple[Column, ...] = (
    ("score", lambda row: f"{row.score:.3f}"),
    ("sku", lambda row: row.sku),
    ("why", lambda row: "; ".join(map(reason_text, row.reasons))),
)
USERS: tuple[Column, ...] = (
    ("user", lambda customer: customer.user),
    ("orders", lambda customer: f"{customer.orders:,}"),
    ("latest purchases", lambda customer: ", ".join(row.sku for row in customer.purchases[:5])),
)
ORDERS: tuple[Column, ...] = (
    ("at", lambda order: time_text(order.at)),
    ("items", lambda order: ", ".join(f"{item.quantity} x {item.sku}" for item in order.items)),
)
UPLOADS: tuple[Column, ...] = (
    ("id", lambda upload: upload.id),
    ("file", lambda upload: upload.filename),
    ("order lines", lambda upload: f"{upload.report.get('accepted', 0):,}"),
    ("rejected", lambda upload: f"{upload.report.get('rejected', 0):,}"),
    ("from", lambda upload: str(upload.report.get("first") or "")),
    ("to", lambda upload: str(upload.report.get("last") or "")),
)
ENCODERS: tuple[Column, ...] = (
    ("name", lambda encoder: encoder.name),
    ("family", lambda encoder: encoder.family),
    ("input px", lambda encoder: str(encoder.side)),
    ("dimension", lambda encoder: str(encoder.dim)),
    ("weights", lambda encoder: encoder.weights),
    ("images/s", lambda encoder: f"{encoder.images_per_second or ''}"),
    ("licence", lambda encoder: encoder.licence),
)


def _to_json(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.repr]
        return {name: getattr(value, name) for name in fields}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
