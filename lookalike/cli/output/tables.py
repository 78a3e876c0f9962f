"""What commands print: tables for people, JSON for programs."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lookalike.models import Collection, Recommendation

_UNBROKEN = 10_000  # a line that a program reads is not folded
_NARROWEST = 8
Column = tuple[str, Callable[[Any], str]]


def print_json(answer: Any) -> None:
    """Print what the server said, or a list of it."""
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False, default=_plain) + "\n")


def print_line(answer: Any) -> None:
    """Print what the server said as one line of JSON, at once."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def print_table(rows: Iterable[Any], columns: Sequence[Column], title: str | None = None) -> None:
    """Print one line for each row; each column has a heading and says what it takes of a row.

    On a terminal, what has several words is folded to fit, and a name only if nothing else helps.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[take(row) for _, take in columns] for row in rows]
    console = Console(width=None if sys.stdout.isatty() else _UNBROKEN)
    whole = _unbroken([heading for heading, _ in columns], cells, console.width)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for (heading, _), no_wrap in zip(columns, whole, strict=True):
        table.add_column(heading, overflow="fold", no_wrap=no_wrap)
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _unbroken(headings: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[bool]:
    """Tell which columns are not to be folded: those without spaces, if there is room for them."""
    taken = list(zip(headings, *cells, strict=True))
    single = [not any(" " in text for text in column) for column in taken]
    needed = [
        max(map(len, column)) if whole else _NARROWEST
        for column, whole in zip(taken, single, strict=True)
    ]
    return single if sum(needed) + len(needed) <= width else [False] * len(single)


def show(
    rows: Iterable[Any], columns: Sequence[Column], *, as_json: bool, title: str | None = None
) -> None:
    """Print a list as a table or as JSON."""
    if as_json:
        print_json(list(rows))
    else:
        print_table(rows, columns, title)


def show_one(one: Any, columns: Sequence[Column], *, as_json: bool) -> None:
    """Print one thing as a table of one row or as JSON."""
    if as_json:
        print_json(one)
    else:
        print_table([one], columns)


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """Return attributes in one line; what a picture is called comes first."""
    rest = {key: value for key, value in attributes.items() if key not in {"name", "title"}}
    name = [str(attributes[key]) for key in ("name", "title") if key in attributes]
    return "; ".join(name + [f"{key}: {value}" for key, value in rest.items()])


def time_text(at: datetime | None) -> str:
    """Return a time on this machine's clock."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: 1 order, 2 orders; 1 match, 2 matches."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def encoder_text(collection: Collection) -> str:
    """Return the encoder in use, and the one that is to take its place."""
    now, then = collection.encoder, collection.changing_to
    return f"{now}, changing to {then}" if then else now


MATCHES: tuple[Column, ...] = (
    ("score", lambda match: f"{match.score:.3f}"),
    ("sku", lambda match: match.sku),
    ("view", lambda match: match.view),
    ("attributes", lambda match: attributes_text(match.attributes)),
)
COLLECTIONS: tuple[Column, ...] = (
    ("name", lambda one: one.name),
    ("items", lambda one: f"{one.items:,}"),
    ("images", lambda one: f"{one.images:,}"),
    ("encoder", encoder_text),
    ("state", lambda one: one.state),
    ("created", lambda one: time_text(one.created_at)),
    ("description", lambda one: one.description),
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
    ("file", lambda failure: failure.file),
    ("sku", lambda failure: failure.sku or ""),
    ("code", lambda failure: failure.code),
    ("reason", lambda failure: failure.reason),
)


def reasons_text(recommendation: Recommendation) -> str:
    """Return why an item is offered, in words."""
    return "; ".join(reason_text(reason) for reason in recommendation.reasons)


def reason_text(reason: Mapping[str, Any]) -> str:
    """Return one reason in words."""
    match reason:
        case {"kind": "bought_together", "with": sku, "orders": orders}:
            return f"bought with {sku} in {counted(orders, 'order')}"
        case {"kind": "looks_like", "with": sku, "similarity": similarity}:
            return f"looks like {sku} ({similarity:.2f})"
        case {"kind": "popular", "orders": orders, **rest}:
            where = f" in {rest['region']}" if rest.get("region") else ""
            return f"popular{where}: {counted(orders, 'order')}"
        case {"kind": kind}:
            return str(kind)
    return ""


RECOMMENDATIONS: tuple[Column, ...] = (
    ("score", lambda one: f"{one.score:.3f}"),
    ("sku", lambda one: one.sku),
    ("why", reasons_text),
)
USERS: tuple[Column, ...] = (
    ("user", lambda one: one.user),
    ("orders", lambda one: f"{one.orders:,}"),
    ("bought last", lambda one: ", ".join(p["sku"] for p in one.purchases[:5])),
)
UPLOADS: tuple[Column, ...] = (
    ("id", lambda one: one["id"]),
    ("file", lambda one: one["filename"]),
    ("order lines", lambda one: f"{one['report'].get('accepted', 0):,}"),
    ("set aside", lambda one: f"{one['report'].get('rejected', 0):,}"),
    ("from", lambda one: str(one["report"].get("first") or "")),
    ("to", lambda one: str(one["report"].get("last") or "")),
)
ENCODERS: tuple[Column, ...] = (
    ("name", lambda encoder: encoder.name),
    ("family", lambda encoder: encoder.family),
    ("pixels", lambda encoder: str(encoder.side)),
    ("dimension", lambda encoder: str(encoder.dim)),
    ("weights", lambda encoder: encoder.weights),
    ("images/s", lambda encoder: f"{encoder.images_per_second or ''}"),
    ("licence", lambda encoder: encoder.licence),
)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.repr}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
