"""The output of `lookalike evaluate`: tables or JSON, and progress on a terminal."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

from lookalike.cli.output.report_tables import print_report


@contextmanager
def show_progress() -> Iterator[Callable[[str, str], None]]:
    """Yield a function that shows the last step on stderr; it does nothing if not a terminal."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    with console.status("reading ...") as status:
        yield lambda stage, message: status.update(f"{stage}: {message}")


def show_evaluation(evaluation: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the import report of a sales file (`sales`) and the report of a training on it."""
    if as_json:
        sys.stdout.write(json.dumps(evaluation, indent=2, ensure_ascii=False) + "\n")
        return
    for line in _import_summary(evaluation["sales"]):
        typer.echo(line)
    print_report(evaluation)


def _import_summary(report: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{report['rows']:,} rows read, {report['rejected']:,} rejected; "
        f"dates {report['date_format']}"
    )
    for reason, count in report["reasons"].items():
        yield f"  {count:,} because {reason}"
    if lines := [str(reject["line"]) for reject in report["first_rejects"]]:
        yield f"  the first in lines {', '.join(lines)}"
