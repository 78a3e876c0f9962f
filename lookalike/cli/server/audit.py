"""`lookalike audit`: print the audit log from the store."""

from datetime import datetime
from typing import Annotated

import typer

from core.settings import Settings
from core.storage import Audit, open_backend
from lookalike.cli.server.core_errors import CoreCommand

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The first day (UTC), for example 2026-03-01."),
]
Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day (UTC), inclusive.")
]


@app.command(cls=CoreCommand)
def audit(since: Since = None, until: Until = None) -> None:
    """Print the audit log: who changed what and when.

    Each attempted change is a line of JSON. Run this command on the server's machine, with the
    server's settings.

    Example: lookalike audit --since 2026-03-01
    """
    first = f"{since:%Y-%m-%d}" if since else ""
    last = f"{until:%Y-%m-%d}" if until else "9"
    log = Audit(open_backend(Settings().store))
    for day in log.days():
        if first <= day <= last:
            for line in log.lines(day):
                typer.echo(line)
