"""The output of `lookalike weights`: a table or JSON, and a progress bar during downloads."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.http_download import ProgressCallback
from core.encoders.weights.lookup import WeightsStatus
from lookalike.cli.output.tables import Column, print_json, print_table

_MEGABYTE = 1_000_000


class FileStatus(NamedTuple):
    """An encoder with one of its files as its weights, and the state of the file."""

    encoder: EncoderDescription
    status: WeightsStatus


class EncoderStatus(NamedTuple):
    """The states of an encoder's files."""

    images: FileStatus
    text: list[FileStatus]
    """The network and the tokenizer of its text tower; empty without one."""


def print_statuses(statuses: Iterable[EncoderStatus], folder: Path, *, as_json: bool) -> None:
    """Print the state of each encoder's weights."""
    if as_json:
        print_json([_to_json(row) for row in statuses])
        return
    print_table([file for row in statuses for file in (row.images, *row.text)], _COLUMNS)
    typer.echo(f"\nFolder of weights: {folder.absolute()}")


@contextmanager
def download_bar(name: str) -> Iterator[ProgressCallback]:
    """Show a progress bar on stderr if stderr is a terminal; yield the function that updates it."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    with bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _to_json(row: EncoderStatus) -> dict[str, Any]:
    text = {"text_tower": [_file_to_json(*file) for file in row.text]} if row.text else {}
    return {"name": row.images.encoder.name, **_file_to_json(*row.images), **text}


def _file_to_json(encoder: EncoderDescription, status: WeightsStatus) -> dict[str, Any]:
    published = encoder.weights if isinstance(encoder.weights, PublishedWeights) else None
    return {
        "state": status.state,
        "path": status.path and str(status.path),
        "bytes": status.path and status.path.stat().st_size,
        "sha256": status.sha256,
        "url": published and published.url,
        "md5": published and published.md5,
        "detail": status.detail,
    }


def _megabytes(encoder: EncoderDescription, status: WeightsStatus) -> str:
    """Return the size of the weights file, or its expected minimum size if the file is missing."""
    if status.path:
        return f"{status.path.stat().st_size / _MEGABYTE:.0f}"
    if isinstance(encoder.weights, PublishedWeights):
        return f">{encoder.weights.min_bytes / _MEGABYTE:.0f}"
    return ""


_COLUMNS: tuple[Column, ...] = (
    ("encoder", lambda row: row[0].name),
    ("weights", lambda row: row[1].state),
    ("file", lambda row: Path(row[0].weights.file).name),
    ("MB", lambda row: _megabytes(*row)),
    ("sha256", lambda row: (row[1].sha256 or "")[:12]),
)
