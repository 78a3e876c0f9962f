"""`lookalike import`: upload images, follow the job, list failures."""

from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from lookalike.cli.options import In, Json, Server, Wait, with_server
from lookalike.cli.output.job_progress import exit_with_report, upload
from lookalike.cli.output.tables import FAILURES, counted, print_table
from lookalike.errors import LocalProblem, ServerProblem
from lookalike.models import Job, JobState, Progress

MAX_FAILURES_PRINTED = 20
Source = Annotated[
    Path,
    typer.Argument(help="A folder, a zip or tar archive, an image, or an items.csv.", exists=True),
]
NewEncoder = Annotated[
    str | None, typer.Option(help="The encoder of a new collection; see `lookalike encoders`.")
]
FoldersAre = Annotated[
    str | None,
    typer.Option("--folders-are", metavar="ATTRIBUTE",
                 help="Import each image as an item, and store the name of its folder in this "
                      "attribute."),
]  # fmt: skip


@with_server
def import_(
    server: Server, source: Source, collection: In, encoder: NewEncoder = None,
    folders: FoldersAre = None, wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Import images into a collection.

    The collection is created if it does not exist. A-12.jpg becomes the item A-12; A-12/front.jpg
    and A-12/back.jpg become two views of that item. A manifest at the top of the folder overrides
    these names: items.csv or items.jsonl with sku, file, view and any attributes. Imported alone,
    a manifest updates the attributes of existing items.

    If folders are categories, not items, add --folders-are kind.

    Example: lookalike import pictures -c shop
    """
    job = run_import(server, source, collection, encoder, folders=folders, wait=wait)
    exit_with_report(job, partial(print_import, server), as_json=as_json)


def run_import(
    server: Server, source: Path, collection: str, encoder: str | None = None, *,
    folders: str | None = None, wait: bool = True,
) -> Job:  # fmt: skip
    """Upload a folder or file into a collection, with progress bars, and return the job."""
    from lookalike.tar_stream import pack_folder

    if source.is_dir():
        pack_folder(source)  # no collection is created for a folder without images
    _ensure_collection(server, collection, encoder)
    method = server.import_folder if source.is_dir() else server.import_archive
    return upload(partial(method, source, collection, folders=folders), wait=wait)


def print_import(server: Server, job: Job) -> None:
    """Print the outcome of an import and the files that failed."""
    result = job.result or {}
    total = f" (now {counted(result['items'], 'item')})" if "items" in result else ""
    typer.echo(f"{job.state.value}: {_counts_text(job.progress)} in {job.collection}{total}")
    if warning := result.get("warning"):
        typer.echo(f"warning: {warning} (with this command: --folders-are kind)", err=True)
    if job.problem:
        typer.echo(f"{job.problem['title']}: {job.problem['detail']}", err=True)
    if job.progress.failed or job.state is JobState.PARTIAL:
        print_table(islice(server.failures(job.id), MAX_FAILURES_PRINTED), FAILURES)
        if job.progress.failed > MAX_FAILURES_PRINTED:
            typer.echo(f"for all failures: lookalike jobs failures {job.id}")


def _ensure_collection(server: Server, name: str, encoder: str | None) -> None:
    """Create the collection; raise LocalProblem if it exists with another encoder."""
    try:
        collection = server.collection(name)
    except ServerProblem as problem:
        if problem.code != "not-found":
            raise
        server.create_collection(name, encoder)
        return
    if encoder not in {None, collection.encoder}:
        raise LocalProblem(
            f"collection {name} already exists with encoder {collection.encoder}; omit --encoder"
        )


def _counts_text(progress: Progress) -> str:
    texts = [f"{counted(progress.done, 'image')} imported"]
    if progress.skipped:
        texts.append(f"{progress.skipped:,} unchanged")
    if progress.updated:
        texts.append(f"attributes of {counted(progress.updated, 'item')} updated")
    if progress.failed:
        texts.append(f"{progress.failed:,} failed")
    return ", ".join(texts)
