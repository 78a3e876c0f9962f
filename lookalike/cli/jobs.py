"""`lookalike jobs`: list, show, cancel, retry, failures."""

from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.failing import code_of
from lookalike.cli.options import URL, Json, Key, Url, connect
from lookalike.cli.tables import FAILURES, JOBS, print_json, print_table, show, time_text
from lookalike.models import Job

app = typer.Typer(help="List jobs; show, cancel and retry them.")
Id = Annotated[str, typer.Argument(help="The job's id.")]


@app.callback(invoke_without_command=True)
def list_some(
    context: typer.Context,
    collection: Annotated[str | None, typer.Option("-c", "--collection", help="Only its.")] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="The newest only.")] = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List jobs; show, cancel and retry them."""
    if context.invoked_subcommand is None:
        with connect(url, key) as server:
            show(islice(server.jobs(collection), limit), JOBS, as_json=as_json)


@app.command("show")
def show_one(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Show one job."""
    with connect(url, key) as server:
        _tell(server.job(job), as_json=as_json)


@app.command()
def watch(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Wait until a job has ended, with a bar. Example: lookalike jobs watch ID."""
    with connect(url, key) as server:
        ended = server.job(job).wait(progress=True)
    _tell(ended, as_json=as_json)
    raise typer.Exit(code_of(ended))


@app.command()
def cancel(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Ask a job to stop; it keeps what it has done."""
    with connect(url, key) as server:
        _tell(server.cancel(job), as_json=as_json)


@app.command()
def retry(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Try again, in a new job, what this one did not bring about."""
    with connect(url, key) as server:
        _tell(server.retry(job), as_json=as_json)


@app.command()
def failures(job: Id, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """List the files that a job could not take, with the reasons."""
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
