"""`lookalike sales`: list, add and delete sales files; tell which rows do not count, and why."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands.train import training_summary
from lookalike.cli.errors import exit_code
from lookalike.cli.options import (
    Columns,
    Dates,
    Encoding,
    In,
    InGroup,
    Json,
    Output,
    Server,
    Wait,
    Yes,
    confirm,
    with_server,
)
from lookalike.cli.output.columns import UPLOADS
from lookalike.cli.output.files import save
from lookalike.cli.output.job_progress import exit_with_summary, follow, upload
from lookalike.cli.output.tables import print_json, show
from lookalike.cli.output.texts import counted, time_text
from lookalike.models import Job, JobState

app = typer.Typer()
File = Annotated[Path, typer.Argument(help="A CSV file, plain, gzipped or zipped.", exists=True)]
Upload = Annotated[str, typer.Argument(help="The ID of an upload, from `lookalike sales`.")]
AnyUpload = Annotated[
    str | None, typer.Argument(help="The ID of an upload, from `lookalike sales`; all if omitted.")
]
Examples = Annotated[int, typer.Option(help="Number of examples of each reason.", min=0, max=20)]
All = Annotated[bool, typer.Option("--all", help="Delete all uploads.")]


@app.callback(invoke_without_command=True)
@app.command("list", help="List sales files.\n\nExample: lookalike sales list -c shop")
@with_server
def list_uploads(server: Server, collection: InGroup = None, as_json: Json = False) -> None:
    """List, add or delete sales files.

    Example: lookalike sales -c shop
    """
    if collection is None:
        raise typer.BadParameter("specify the collection: -c NAME")
    show(server.recommender(collection).sales(), UPLOADS, as_json=as_json)


@app.command()
@with_server
def add(
    server: Server, file: File, collection: In, columns: Columns = None, dates: Dates = None,
    encoding: Encoding = None, wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Import a file of order lines and train on it.

    The columns are md5email, sku, order_id, zip, country and created_at. Other common names are
    recognised; map any other name with --columns. The exit code is 3 if rows were rejected.

    Example: lookalike sales add sales.csv.gz -c shop
    """
    send = partial(
        server.recommender(collection).add_sales,
        file, columns=columns, dates=dates, encoding=encoding,
    )  # fmt: skip
    job = upload(send, "reading", "order lines", wait=wait)
    if as_json or not job.result or job.state is not JobState.SUCCEEDED:
        exit_with_summary(job, _sales_summary, as_json=as_json)
    if renamed := _renamed_columns(job.result):
        typer.echo(f"columns: {renamed}")
    typer.echo(import_summary(job.result))
    for assumption in job.result.get("assumptions") or []:
        typer.echo(f"assumed: {assumption}", err=True)
    if not job.result["training"]:
        exit_with_summary(job, _sales_summary, as_json=False)
    training = server.job(job.result["training"])
    if training.scheduled_for:
        typer.echo(f"training starts {time_text(training.scheduled_for)}; now: `lookalike train`")
        raise typer.Exit(exit_code(job))
    training = follow(training, "training", "customers")
    exit_with_summary(training, training_summary, as_json=False, earlier=job)


@app.command()
@with_server
def rejects(server: Server, upload: Upload, collection: In, output: Output = None) -> None:
    """Print the rejected rows of an upload as CSV: line, reason, text.

    Example: lookalike sales rejects UPLOAD -c shop -o rejects.csv
    """
    save(server.recommender(collection).rejects(upload), output)


@app.command()
@with_server
def reasons(
    server: Server, upload: Upload, collection: In, examples: Examples = 5, as_json: Json = False
) -> None:
    """Show why rows of an upload do not count, with examples.

    Example: lookalike sales reasons UPLOAD -c shop
    """
    row_reasons = server.recommender(collection).reasons(upload, examples)
    if as_json:
        print_json(row_reasons)
        return
    for row in row_reasons:
        typer.echo(f"{counted(row.rows, 'row')}: {row.reason}")
        for example in row.examples:
            typer.echo(f"  line {example.line}" + (f": {example.text}" if example.text else ""))


@app.command()
@with_server
def delete(
    server: Server, collection: In, upload: AnyUpload = None, every: All = False, yes: Yes = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Delete the sales of one upload, or all sales.

    Example: lookalike sales delete UPLOAD -c shop
    """
    if every and upload:
        raise typer.BadParameter("specify an upload or use --all, but not both")
    subject = f"upload {upload}" if upload else "all sales"
    confirm(f"Delete {subject} of {collection}?", yes=yes)
    job = follow(server.recommender(collection).delete_sales(upload), "deleting", "uploads")
    exit_with_summary(job, lambda job: f"{subject} of {job.collection} deleted", as_json=as_json)


def import_summary(report: Mapping[str, Any]) -> str:
    """Return the outcome of a sales import as text, without that of the training run."""
    if report.get("duplicate_of"):
        return f"same file as upload {report['upload']}: its order lines are already imported"
    rejected = f", {counted(report['rejected'], 'row')} rejected" if report.get("rejected") else ""
    left_out = "".join(
        f", {counted(count, 'row')} left out ({status})"
        for status, count in (report.get("left_out") or {}).items()
    )
    return f"{counted(report['accepted'], 'order line')} imported{rejected}{left_out}"


def _renamed_columns(report: Mapping[str, Any]) -> str:
    """Return each column that has another name in the file, in the form "NAME as COLUMN"."""
    columns = (report.get("columns") or {}).items()
    return ", ".join(f"{name} as {column}" for column, name in columns if name.lower() != column)


def _sales_summary(job: Job) -> str:
    return f"sales of {job.collection}"
