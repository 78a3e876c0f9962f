"""Tables for people and JSON for programs."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import typer

from lookalike.models import Reason

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


def _to_json(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.repr]
        return {name: getattr(value, name) for name in fields}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
