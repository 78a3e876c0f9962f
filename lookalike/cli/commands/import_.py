"""`lookalike import`: upload images, follow the job, list failures."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands.import_checks import doubt
from lookalike.cli.options import In, Json, Server, Wait, Yes, confirm, with_server
from lookalike.cli.output.columns import FAILURES
from lookalike.cli.output.job_progress import exit_with_report, upload
from lookalike.cli.output.tables import print_table
from lookalike.cli.output.texts import counted
from lookalike.errors import LocalProblem, ServerProblem
from lookalike.models import Job, JobState, Progress

MAX_FAILURES_PRINTED = 20
MAX_SKIPPED_PRINTED = 5
Source = Annotated[
    Path,
    typer.Argument(help="A folder, a zip or tar archive, an image, or a CSV file.", exists=True),
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
Replace = Annotated[
    bool,
    typer.Option("--replace",
                 help="Items keep only the images and attributes of this import. By default, they "
                      "keep all others."),
]  # fmt: skip
Sync = Annotated[
    bool,
    typer.Option("--sync",
                 help="This is the whole catalogue: afterwards, delete all items that it lacks."),
]  # fmt: skip
MaxDeleted = Annotated[
    float | None,
    typer.Option("--max-deleted-share", min=0, max=1, metavar="SHARE",
                 help="With --sync: the share of all items, from 0 to 1, that may be deleted."),
]  # fmt: skip
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only count what would be imported and deleted.")
]


@with_server
def import_(
    server: Server, source: Source, collection: In, encoder: NewEncoder = None,
    folders: FoldersAre = None, replace: Replace = False, sync: Sync = False,
    max_deleted_share: MaxDeleted = None, dry_run: DryRun = False, wait: Wait = True,
    yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Import images into a collection.

    The collection is created if it does not exist. A-12.jpg becomes the item A-12; A-12/front.jpg
    and A-12/back.jpg become two views of that item. A manifest at the top level of the folder
    overrides these names: items.csv or items.jsonl with sku, file, view and any attributes.
    Imported alone, a manifest updates the attributes of existing items, and downloads images if a
    column such as image contains URLs; a CSV file that is imported alone may have any name.

    If folders are categories, not items, add --folders-are kind. The exit code is 3 if images
    failed, or if the folder contains files that are not images.

    Example: lookalike import pictures -c shop
    """
    skips_files = source.is_dir() and _report_skipped(source)
    if source.is_dir() and not folders and (problem := doubt(source)):
        confirm(f"{problem}. Import anyway?", yes=yes)
    job = run_import(
        server, source, collection, encoder, folders=folders, replace=replace, sync=sync,
        max_deleted_share=max_deleted_share, dry_run=dry_run, wait=wait,
    )  # fmt: skip
    report = partial(print_import, server)
    exit_with_report(job, report, as_json=as_json, is_partial=skips_files)


def run_import(
    server: Server, source: Path, collection: str, encoder: str | None = None, *,
    wait: bool = True, **options: Any,
) -> Job:  # fmt: skip
    """Upload a folder or file into a collection, with progress bars, and return the job.

    The options are those of the client's `import_folder`.
    """
    from lookalike.tar_stream import pack_folder

    if source.is_dir():
        pack_folder(source)  # no collection is created for a folder without images
    if not options.get("dry_run"):
        _ensure_collection(server, collection, encoder)
    method = server.import_folder if source.is_dir() else server.import_archive
    return upload(partial(method, source, collection, **options), wait=wait)


def print_import(server: Server, job: Job) -> None:
    """Print the outcome of an import and the files that failed."""
    result = job.result or {}
    total = f" (now {counted(result['items'], 'item')})" if "items" in result else ""
    counts = _dry_run_text(result) if result.get("dry_run") else _counts_text(job.progress)
    typer.echo(f"{job.state.value}: {counts} in {job.collection}{total}")
    if deleted := result.get("deleted"):
        typer.echo(f"{counted(deleted, 'item')} deleted (missing from the import)")
    if new := result.get("new_attributes"):
        types = ", ".join(f"{name} ({type})" for name, type in new.items())
        typer.echo(f"new attributes: {types}")
    if problems := result.get("image_problems"):
        counts = ", ".join(f"{name} {count:,}" for name, count in problems.items())
        command = f"lookalike items problems -c {job.collection}"
        typer.echo(f"problems of imported images: {counts} (to list them: {command})")
    if warning := result.get("warning"):
        hint = " (with this command: --folders-are kind)" * ("folders=kind" in warning)
        typer.echo(f"warning: {warning}{hint}", err=True)
    if job.problem:
        typer.echo(f"{job.problem['title']}: {job.problem['detail']}", err=True)
    if job.progress.failed or job.state is JobState.PARTIAL:
        print_table(islice(server.failures(job.id), MAX_FAILURES_PRINTED), FAILURES)
        if job.progress.failed > MAX_FAILURES_PRINTED:
            typer.echo(f"for all failures: lookalike jobs failures {job.id}")


def _report_skipped(folder: Path) -> bool:
    """Name the files of a folder that will not be sent; return whether there are any."""
    from lookalike.tar_stream import skipped_files

    skipped = [path.relative_to(folder).as_posix() for path in skipped_files(folder)]
    if skipped:
        more = ["..."] if len(skipped) > MAX_SKIPPED_PRINTED else []
        names = ", ".join(skipped[:MAX_SKIPPED_PRINTED] + more)
        verb = "is" if len(skipped) == 1 else "are"
        typer.echo(
            f"warning: {counted(len(skipped), 'file')} {verb} skipped, being neither an image nor "
            f"a manifest: {names}",
            err=True,
        )
    return bool(skipped)


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


def _dry_run_text(result: Mapping[str, Any]) -> str:
    images = counted(result["planned_images"], "image")
    text = f"dry run: {images} of {counted(result['planned_items'], 'item')} would be imported"
    if "missing" not in result:
        return text
    examples = result["missing_examples"] + ["..."] * (result["missing"] > 10)
    names = f" ({', '.join(examples)})" if examples else ""
    return f"{text}, {counted(result['missing'], 'item')} deleted{names}"


def _counts_text(progress: Progress) -> str:
    texts = [f"{counted(progress.done, 'image')} imported"]
    if progress.skipped:
        texts.append(f"{progress.skipped:,} unchanged")
    if progress.updated:
        texts.append(f"attributes of {counted(progress.updated, 'item')} updated")
    if progress.failed:
        texts.append(f"{progress.failed:,} failed")
    return ", ".join(texts)
