"""`lookalike jobs`: list, show, watch, cancel, retry; events and failures."""

from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.errors import exit_code
from lookalike.cli.options import URL, AnyIn, Json, Key, Limit, Url, connect
from lookalike.cli.output.tables import (
    FAILURES,
    JOBS,
    print_json,
    print_json_line,
    print_table,
    show,
    time_text,
)
from lookalike.models import Job

app = typer.Typer()
Id = Annotated[str, typer.Argument(help="The id of the job.")]


@app.callback(invoke_without_command=True)
@app.command("list", help="List jobs, newest first.\n\nExample: lookalike jobs list -c shop")
def list_jobs(
    context: typer.Context,
    collection: AnyIn = None,
    limit: Limit = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List, watch, cancel or retry jobs.

    Example: lookalike jobs -c shop
    """
    if context.invoked_subcommand is None:
        with connect(url, key) as server:
            show(islice(server.jobs(collection), limit), JOBS, as_json=as_json)


@app.command("show")
def show_job(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Show one job.

    Example: lookalike jobs show ID
    """
    with connect(url, key) as server:
        _print_job(server.job(job), as_json=as_json)


@app.command()
def watch(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Wait until a job has finished, with a progress bar.

    Example: lookalike jobs watch ID
    """
    with connect(url, key) as server:
        finished = server.job(job).wait(progress=True)
    _print_job(finished, as_json=as_json)
    raise typer.Exit(exit_code(finished))


@app.command()
def events(
    job: Annotated[
        str | None, typer.Argument(help="The id of the job; all jobs if omitted.")
    ] = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Print a line of JSON whenever a job changes.

    Ends when the job has finished; for all jobs, on Ctrl-C.

    Example: lookalike jobs events ID
    """
    with connect(url, key) as server:
        for state in server.events(job):
            print_json_line(state)


@app.command()
def cancel(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Cancel a job; what it has already done is kept.

    Example: lookalike jobs cancel ID
    """
    with connect(url, key) as server:
        cancelled = server.cancel(job)
    _print_job(cancelled, as_json=as_json)
    if not (as_json or cancelled.state.final):
        typer.echo("the job will stop after its current step; what it has already done is kept")


@app.command()
def retry(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Start a new job for what a job failed to do.

    Example: lookalike jobs retry ID
    """
    with connect(url, key) as server:
        _print_job(server.retry(job), as_json=as_json)


@app.command()
def failures(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """List the files that a job could not process, with the reasons.

    Example: lookalike jobs failures ID
    """
    with connect(url, key) as server:
        show(server.failures(job), FAILURES, as_json=as_json)


def _print_job(job: Job, *, as_json: bool) -> None:
    if as_json:
        print_json(job)
        return
    print_table([job], JOBS)
    if job.finished_at:
        typer.echo(f"finished {time_text(job.finished_at)}")
    if job.problem:
        typer.echo(f"{job.problem['title']}: {job.problem['detail']}")
