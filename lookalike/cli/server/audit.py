"""What `lookalike audit` runs, beside the store: `python -m lookalike.cli.server.audit`."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from core.entrypoint import code_of
from core.settings import Settings
from core.storage import Audit, Files

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], help="The first day (UTC), as 2026-03-01."),
]
Until = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day (UTC).")
]


@app.command()
def audit(since: Since = None, until: Until = None) -> None:
    """Print who changed what, on the server's machine: a line of JSON for each attempt.

    Example: lookalike audit --since 2026-03-01
    """
    first = f"{since:%Y-%m-%d}" if since else ""
    last = f"{until:%Y-%m-%d}" if until else "9"
    kept = Audit(Files(Settings().store))
    for day in kept.days():
        if first <= day <= last:
            for line in kept.lines(day):
                typer.echo(line)


def main() -> int:
    """Run the command; gives the exit code where it is not ended by one."""
    return code_of(lambda: app(prog_name="lookalike audit"))


if __name__ == "__main__":
    sys.exit(main())
