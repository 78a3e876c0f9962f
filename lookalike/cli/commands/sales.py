"""`lookalike sales`: list, add and delete sales files; print rejected rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands.train import training_summary
from lookalike.cli.errors import exit_code
from lookalike.cli.options import (
    URL,
    AnyIn,
    In,
    Json,
    Key,
    Output,
    Url,
    Wait,
    Yes,
    confirm,
    connect,
)
from lookalike.cli.output.job_progress import exit_with_summary, follow, wait_with_bars
from lookalike.cli.output.save_file import save
from lookalike.cli.output.tables import UPLOADS, counted, show
from lookalike.models import Job

app = typer.Typer()


def _parse_columns(text: str) -> dict[str, str]:
    """Parse pairs of a column of ours and its name in the file."""
    pairs = dict(pair.split(":", 1) for pair in text.split(",") if ":" in pair)
    if len(pairs) != text.count(",") + 1:
        raise typer.BadParameter("must be pairs like md5email:customer,sku:article")
    return pairs


Columns = Annotated[
    Any,
    typer.Option(
        parser=_parse_columns,
        metavar="COLUMN:NAME,...",
        help="Names of columns in the file, for example sku:article,zip:plz.",
    ),
]


@app.callback(invoke_without_command=True)
@app.command("list", help="List sales files.\n\nExample: lookalike sales list -c shop")
def list_uploads(
    context: typer.Context,
    collection: AnyIn = None,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List, add or delete sales files.

    Example: lookalike sales -c shop
    """
    if context.invoked_subcommand is None:
        if collection is None:
            raise typer.BadParameter("name the collection: -c NAME")
        with connect(url, key) as server:
            show(server.recommender(collection).sales(), UPLOADS, as_json=as_json)


@app.command()
def add(
    file: Annotated[
        Path, typer.Argument(help="A CSV file, plain, gzipped or zipped.", exists=True)
    ],
    collection: In,
    columns: Columns = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Import a file of order lines and train on it.

    Its columns: md5email, sku, order_id, zip, country, created_at. Common other names of them
    are recognised; name any others with --columns.

    Example: lookalike sales add sales.csv.gz -c shop
    """
    from lookalike.progress_bars import JobBars

    with connect(url, key) as server:
        recommender = server.recommender(collection)
        with JobBars("reading", "order lines") as bars:
            job = recommender.add_sales(file, columns=columns, on_bytes=bars.show_bytes)
            job = wait_with_bars(job, bars, wait=wait)
        if as_json or not job.result or exit_code(job):
            exit_with_summary(job, _sales_summary, as_json=as_json)
        if renamed := _renamed_columns(job.result):
            typer.echo(f"columns: {renamed}")
        typer.echo(import_summary(job.result))
        if not job.result["training"]:
            exit_with_summary(job, _sales_summary, as_json=False)
        training = follow(server.job(job.result["training"]), "training", "customers")
    exit_with_summary(training, training_summary, as_json=False)


@app.command()
def rejects(
    upload: Annotated[str, typer.Argument(help="The id of an upload, from `lookalike sales`.")],
    collection: In,
    output: Output = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Print the rejected rows of an upload as CSV: line, reason, text.

    Example: lookalike sales rejects UPLOAD -c shop -o rejects.csv
    """
    with connect(url, key) as server:
        save(server.recommender(collection).rejects(upload), output)


@app.command()
def delete(
    collection: In,
    upload: Annotated[
        str | None,
        typer.Argument(help="The id of an upload, from `lookalike sales`; all if omitted."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Delete all uploads.")] = False,
    yes: Yes = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Delete the sales of one upload, or of all.

    Example: lookalike sales delete UPLOAD -c shop
    """
    if every and upload:
        raise typer.BadParameter("name an upload or use --all, not both")
    subject = f"upload {upload}" if upload else "all sales"
    confirm(f"Delete {subject} of {collection}?", yes=yes)
    with connect(url, key) as server:
        job = follow(server.recommender(collection).delete_sales(upload), "deleting", "uploads")
    exit_with_summary(job, lambda job: f"{subject} of {job.collection} deleted", as_json=as_json)


def import_summary(report: Mapping[str, Any]) -> str:
    """Return the outcome of a sales import; a training follows."""
    if report.get("duplicate_of"):
        return f"same file as upload {report['upload']}: its order lines are already imported"
    rejected = f", {counted(report['rejected'], 'row')} rejected" if report.get("rejected") else ""
    return f"{counted(report['accepted'], 'order line')} imported{rejected}; training ..."


def _renamed_columns(report: Mapping[str, Any]) -> str:
    """Return which columns of the file were read under another name."""
    columns = (report.get("columns") or {}).items()
    return ", ".join(f"{name} as {column}" for column, name in columns if name.lower() != column)


def _sales_summary(job: Job) -> str:
    return f"sales of {job.collection}"
