"""`lookalike import`: send pictures, watch the job, say what failed."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from lookalike.cli.errors import code_of
from lookalike.cli.options import URL, In, Json, Key, Url, Wait, connect
from lookalike.cli.output.job_progress import watched
from lookalike.cli.output.tables import FAILURES, counted, print_json, print_table
from lookalike.errors import LocalProblem, ServerProblem
from lookalike.models import Job, JobState, Progress

if TYPE_CHECKING:
    from lookalike.client import Lookalike

SHOWN = 20


def import_(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder, a zip or tar archive, one picture, or items.csv.", exists=True
        ),
    ],
    collection: In,
    encoder: Annotated[
        str | None, typer.Option(help="The network of a new collection; see `encoders`.")
    ] = None,
    folders: Annotated[
        str | None,
        typer.Option("--folders-are", metavar="ATTRIBUTE", help="Each picture is an item."),
    ] = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Import pictures; the collection is created if there is none of that name.

    A-12.jpg becomes the item A-12; A-12/front.jpg and A-12/back.jpg two views of it. A table
    items.csv or items.jsonl at the top of the folder (sku, file, view, and any attributes)
    overrides that; alone, it changes attributes of items that are there. Where
    folders are kinds and not items, say so: --folders-are kind.

    Example: lookalike import pictures -c shop
    """
    with connect(url, key) as server:
        job = run_import(server, source, collection, encoder, folders=folders, wait=wait)
        end(server, job, as_json=as_json)


def end(server: "Lookalike", job: Job, *, as_json: bool) -> NoReturn:
    """Say how an import ended, or that it is on its way, and end with its code."""
    if as_json:
        print_json(job)
    elif job.state.final:
        report(server, job)
    else:
        typer.echo(f"job {job.id} is on its way; see `lookalike jobs show {job.id}`")
    raise typer.Exit(code_of(job) if job.state.final else 0)


def run_import(
    server: "Lookalike",
    source: Path,
    collection: str,
    encoder: str | None = None,
    *,
    folders: str | None = None,
    wait: bool = True,
) -> Job:
    """Send a folder or file into a collection, with bars, and return the job."""
    from lookalike.progress import JobBars
    from lookalike.tar_stream import pack

    if source.is_dir():
        pack(source)  # before a collection is made for a folder without pictures
    ensure_collection(server, collection, encoder)
    send = server.import_folder if source.is_dir() else server.import_archive
    with JobBars() as bars:
        job = send(source, collection, folders=folders, on_bytes=bars.sent)
        return watched(job, bars, wait=wait)


def ensure_collection(server: "Lookalike", name: str, encoder: str | None) -> None:
    """Make the collection if it is not there.

    Raises:
        LocalProblem: it is there, but was made with another encoder.
    """
    try:
        there = server.collection(name)
    except ServerProblem as problem:
        if problem.code != "not-found":
            raise
        server.create_collection(name, encoder)
        return
    if encoder not in {None, there.encoder}:
        raise LocalProblem(
            f"collection {name} is there already, and its encoder is {there.encoder}"
        )


def report(server: "Lookalike", job: Job) -> None:
    """Say how an import ended, and what it could not take."""
    progress = job.progress
    result = job.result or {}
    now = f" (now {counted(result['items'], 'item')})" if "items" in result else ""
    typer.echo(f"{job.state.value}: {_counts(progress)} in {job.collection}{now}")
    if warning := result.get("warning"):
        typer.echo(f"warning: {warning} (here: --folders-are kind)", err=True)
    if job.problem:
        typer.echo(f"{job.problem['title']}: {job.problem['detail']}", err=True)
    if progress.failed or job.state is JobState.PARTIAL:
        print_table(islice(server.failures(job.id), SHOWN), FAILURES)
        if progress.failed > SHOWN:
            typer.echo(f"and more: see `lookalike jobs failures {job.id}`")


def _counts(progress: Progress) -> str:
    counts = [f"{counted(progress.done, 'image')} imported"]
    counts += [f"{progress.skipped:,} unchanged"] if progress.skipped else []
    items = counted(progress.updated, "item")
    counts += [f"attributes of {items} updated"] if progress.updated else []
    counts += [f"{progress.failed:,} failed"] if progress.failed else []
    return ", ".join(counts)
