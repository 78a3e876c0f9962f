"""`lookalike jobs`: list, show, watch, cancel, retry; events and failures."""

from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.errors import exit_code, print_error
from lookalike.cli.options import AnyIn, Json, Limit, Server, with_server
from lookalike.cli.output.columns import FAILURES, JOBS
from lookalike.cli.output.tables import print_json, show, show_row
from lookalike.cli.output.texts import time_text
from lookalike.models import Job

app = typer.Typer()
Id = Annotated[str, typer.Argument(help="The ID of the job.")]
AnyId = Annotated[str | None, typer.Argument(help="The ID of the job; all jobs if omitted.")]


@app.callback(invoke_without_command=True)
@app.command("list", help="List jobs, newest first.\n\nExample: lookalike jobs list -c shop")
@with_server
def list_jobs(
    server: Server, collection: AnyIn = None, limit: Limit = 20, as_json: Json = False
) -> None:
    """List, watch, cancel or retry jobs.

    Example: lookalike jobs -c shop
    """
    show(islice(server.jobs(collection), limit), JOBS, as_json=as_json)


@app.command("show")
@with_server
def show_job(server: Server, job: Id, as_json: Json = False) -> None:
    """Show one job.

    Example: lookalike jobs show ID
    """
    _print_job(server.job(job), as_json=as_json)


@app.command()
@with_server
def watch(server: Server, job: Id, as_json: Json = False) -> None:
    """Wait until a job has finished, with a progress bar.

    Example: lookalike jobs watch ID
    """
    finished = server.job(job).wait(progress=True)
    _print_job(finished, as_json=as_json)
    raise typer.Exit(exit_code(finished))


@app.command()
@with_server
def events(server: Server, job: AnyId = None) -> None:
    """Print a line of JSON whenever a job changes.

    The command ends when the job has finished or, for all jobs, on Ctrl-C.

    Example: lookalike jobs events ID
    """
    for state in server.events(job):
        print_json(state, indent=None)


@app.command()
@with_server
def cancel(server: Server, job: Id, as_json: Json = False) -> None:
    """Cancel a job; the work it has already done is kept.

    Example: lookalike jobs cancel ID
    """
    cancelled = server.cancel(job)
    _print_job(cancelled, as_json=as_json)
    if not (as_json or cancelled.state.final):
        typer.echo("the job will stop after its current step; the work it has already done is kept")


@app.command()
@with_server
def retry(server: Server, job: Id, as_json: Json = False) -> None:
    """Retry the failed part of a job in a new job.

    Example: lookalike jobs retry ID
    """
    _print_job(server.retry(job), as_json=as_json)


@app.command()
@with_server
def failures(server: Server, job: Id, as_json: Json = False) -> None:
    """List the files that a job could not process, each with the reason.

    If a file contains very many errors, only the first 10,000 are listed.

    Example: lookalike jobs failures ID
    """
    failures = list(server.failures(job))
    show(failures, FAILURES, as_json=as_json)
    if unlisted := server.job(job).progress.failed - len(failures):
        print_error(f"{unlisted:,} more failures are counted but not listed")


def _print_job(job: Job, *, as_json: bool) -> None:
    show_row(job, JOBS, as_json=as_json)
    if as_json:
        return
    if job.scheduled_for:
        typer.echo(f"scheduled for {time_text(job.scheduled_for)}")
    if job.finished_at:
        typer.echo(f"finished {time_text(job.finished_at)}")
    if job.problem:
        typer.echo(f"{job.problem['title']}: {job.problem['detail']}")
