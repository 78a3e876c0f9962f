"""`lookalike jobs`: list, show, cancel, retry, failures."""

from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.errors import code_of
from lookalike.cli.options import URL, AnyIn, Json, Key, Most, Url, connect
from lookalike.cli.output.tables import (
    FAILURES,
    JOBS,
    print_json,
    print_line,
    print_table,
    show,
    time_text,
)
from lookalike.models import Job

app = typer.Typer()
Id = Annotated[str, typer.Argument(help="The job's id.")]


@app.callback(invoke_without_command=True)
@app.command("list", help="List jobs, the newest first.\n\nExample: lookalike jobs list -c shop")
def list_some(
    context: typer.Context,
    collection: AnyIn = None,
    limit: Most = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first; show, cancel and retry them.

    Example: lookalike jobs -c shop
    """
    if context.invoked_subcommand is None:
        with connect(url, key) as server:
            show(islice(server.jobs(collection), limit), JOBS, as_json=as_json)


@app.command("show")
def show_one(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Show one job.

    Example: lookalike jobs show ID
    """
    with connect(url, key) as server:
        _tell(server.job(job), as_json=as_json)


@app.command()
def watch(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Wait until a job has ended, with a bar.

    Example: lookalike jobs watch ID
    """
    with connect(url, key) as server:
        ended = server.job(job).wait(progress=True)
    _tell(ended, as_json=as_json)
    raise typer.Exit(code_of(ended))


@app.command()
def events(
    job: Annotated[str | None, typer.Argument(help="Its id; else every job.")] = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Print a line of JSON whenever a job has changed, until it has ended, or you press Ctrl-C.

    Example: lookalike jobs events ID
    """
    with connect(url, key) as server:
        for now in server.events(job):
            print_line(now)


@app.command()
def cancel(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Ask a job to stop; it keeps what it has done.

    Example: lookalike jobs cancel ID
    """
    with connect(url, key) as server:
        asked = server.cancel(job)
    _tell(asked, as_json=as_json)
    if not (as_json or asked.state.final):
        typer.echo(
            "it was asked to stop: it does so after what it is at, and keeps what it has done"
        )


@app.command()
def retry(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Try again, in a new job, what this one did not bring about.

    Example: lookalike jobs retry ID
    """
    with connect(url, key) as server:
        _tell(server.retry(job), as_json=as_json)


@app.command()
def failures(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """List the files that a job could not take, with the reasons.

    Example: lookalike jobs failures ID
    """
    with connect(url, key) as server:
        show(server.failures(job), FAILURES, as_json=as_json)


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json:
        print_json(job)
        return
    print_table([job], JOBS)
    if job.finished_at:
        typer.echo(f"finished {time_text(job.finished_at)}")
    if job.problem:
        typer.echo(f"{job.problem['title']}: {job.problem['detail']}")
