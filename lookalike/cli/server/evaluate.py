"""`lookalike evaluate`: train on a sales file and measure the result on held-out sales."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import pandas as pd
import typer
from rich.console import Console

from core.errors import InvalidInput
from core.recommender.options import RecommenderSettings
from core.recommender.training import train_recommender
from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.header import parse_overrides
from core.sales.importer import SalesReader
from core.sales.order_line_frame import read_order_lines
from core.sales.parquet_files import write_order_lines
from core.tables.rows import RejectedRow
from lookalike.cli.options import Json
from lookalike.cli.output.report_tables import print_report
from lookalike.cli.output.tables import print_json
from lookalike.cli.server.core_errors import CoreCommand

MAX_REJECTS = 5  # rejected rows that the output names

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
File = Annotated[Path, typer.Argument(help="A CSV file, plain, gzipped or zipped.")]
Columns = Annotated[
    str,
    typer.Option(metavar="COLUMN:NAME,...",
                 help="Names of columns in the file, for example sku:article,zip:plz."),
]  # fmt: skip


@app.command(cls=CoreCommand)
def evaluate(file: File, columns: Columns = "", as_json: Json = False) -> None:
    """Estimate how good recommendations from a sales file would be.

    The command needs no server. Like every training run, it trains on all but the last days of
    sales and measures on those days. Visual similarity is not used, since there are no images.

    Example: lookalike evaluate sales.csv.gz
    """
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    with file.open("rb") as opened, console.status("reading ...") as status:
        order_lines, sales = _read_sales(opened, parse_overrides(columns))
        report = train_recommender(
            order_lines,
            None,
            RecommenderSettings(),
            lambda stage, message: status.update(f"{stage}: {message}"),
        ).report
    evaluation = {"sales": sales, **report.model_dump(mode="json")}
    if as_json:
        print_json(evaluation)
        return
    for line in _import_summary(sales):
        typer.echo(line)
    print_report(evaluation)


def _read_sales(file: BinaryIO, columns: dict[str, str]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the order lines and import report of a file; raise InvalidInput if no row is valid."""
    rejects: list[RejectedRow] = []

    def reject(row: RejectedRow) -> None:
        if len(rejects) < MAX_REJECTS:
            rejects.append(row)

    dialect = find_dialect(file, columns)
    reader = SalesReader(file, dialect, survey_file(file, dialect), reject=reject)
    with tempfile.TemporaryFile() as parquet:
        write_order_lines(parquet, reader)
        report = reader.report
        if not report.accepted:
            raise InvalidInput(f"no row of the file is valid: {report.list_reasons()}")
        sales = {**report.model_dump(mode="json"), "first_rejects": [vars(row) for row in rejects]}
        return read_order_lines([parquet]).lines, sales


def _import_summary(report: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{report['rows']:,} rows read, {report['rejected']:,} rejected; "
        f"dates {report['date_format']}"
    )
    for status, count in report["left_out"].items():
        yield f"  {count:,} left out because the order is {status}"
    for assumption in report["assumptions"]:
        yield f"  assumed: {assumption}"
    for reason, count in report["reasons"].items():
        yield f"  {count:,} because {reason}"
    if lines := [str(reject["line"]) for reject in report["first_rejects"]]:
        yield f"  the first in lines {', '.join(lines)}"
