"""`python -m lookalike.cli.server.evaluate`. Exit codes: 0, 1, 2 for usage errors."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from core.entrypoint import code_of
from core.errors import InvalidInput
from core.recommender.options import RecommenderSettings
from core.recommender.training import train
from core.sales.dialect import find_dialect
from core.sales.header import read_columns
from core.sales.importer import Reject, read_sales
from core.sales.order_lines import Sales, read_ledger, write_ledger
from lookalike.cli.server.evaluate_output import show, working

FIRST = 5  # bad rows that are told one by one

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="A CSV, gzipped or zipped if you like.")],
    columns: Annotated[
        str, typer.Option(metavar="OURS:FILE'S,...", help="What its columns are called.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Tell how good recommendations from this sales file would be; needs no server.

    Learns from all but the last days, as a training does, and asks what was bought in those.
    Without pictures: nothing is known of looks.

    Example: lookalike evaluate sales.csv.gz
    """
    with file.open("rb") as opened, working() as report:
        sales, told = _read(opened, read_columns(columns))
        found = train(sales, None, RecommenderSettings(), report).report
    show({"sales": told, **found}, as_json=as_json)


def _read(file: BinaryIO, columns: dict[str, str]) -> tuple[Sales, dict[str, Any]]:
    """The order lines of a file, and what was found in it.

    Raises:
        InvalidInput: it is no sales file, or has no good row.
    """
    rejects: list[Reject] = []

    def reject(one: Reject) -> None:
        if len(rejects) < FIRST:
            rejects.append(one)

    reading = read_sales(file, find_dialect(file, columns), reject=reject)
    with tempfile.TemporaryFile() as ledger:
        write_ledger(ledger, reading)
        told = reading.told() | {"first_rejects": [vars(one) for one in rejects]}
        if not told["accepted"]:
            why = "; ".join(told["reasons"]) or "there is none"
            raise InvalidInput(f"no row of the file can be used: {why}")
        return read_ledger([ledger]), told


def main() -> int:
    """Run the command; gives the exit code where it is not ended by one."""
    return code_of(lambda: app(prog_name="lookalike evaluate"))


if __name__ == "__main__":
    sys.exit(main())
