"""What `lookalike weights` shows: a table or JSON, and a bar while a file is fetched."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.http_download import Progress as Report
from core.encoders.weights.lookup import Look

_MEGABYTE = 1_000_000
_UNBROKEN = 10_000  # a line that a program reads is not folded

Found = tuple[EncoderDescription, Look]


def show(looks: Iterable[Found], folder: Path, *, as_json: bool) -> None:
    """Print what was found of each encoder's weights."""
    if as_json:
        told = [_fields(row, look) for row, look in looks]
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n")
        return
    table = Table("encoder", "weights", "file", "MB", "sha256", box=None, pad_edge=False)
    for row, look in looks:
        name, sha256 = Path(row.weights.file).name, look.sha256 or ""
        table.add_row(row.name, look.state, name, _megabytes(row, look), sha256[:12])
    console = Console(width=None if sys.stdout.isatty() else _UNBROKEN)
    console.print(table)
    console.print(f"\nFolder of weights: {folder.absolute()}", soft_wrap=True, highlight=False)


@contextmanager
def fetching_bar(name: str) -> Iterator[Report]:
    """A bar on stderr, moved by what this gives; nothing where that is no terminal."""
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

        def moved(done: int, total: int | None) -> None:
            bars.update(task, completed=done, total=total)

        yield moved


def _fields(row: EncoderDescription, look: Look) -> dict[str, Any]:
    published = row.weights if isinstance(row.weights, PublishedWeights) else None
    return {
        "name": row.name,
        "state": look.state,
        "path": look.path,
        "bytes": look.path and look.path.stat().st_size,
        "sha256": look.sha256,
        "url": published and published.url,
        "md5": published and published.md5,
        "detail": look.detail,
    }


def _megabytes(row: EncoderDescription, look: Look) -> str:
    """The size of what is there, else the least of what can be fetched."""
    if look.path:
        return f"{look.path.stat().st_size / _MEGABYTE:.0f}"
    if isinstance(row.weights, PublishedWeights):
        return f">{row.weights.least_bytes / _MEGABYTE:.0f}"
    return ""
