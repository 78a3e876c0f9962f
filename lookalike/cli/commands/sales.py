"""`lookalike sales`: order lines in, listed, set aside, and out again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands.train import told_training
from lookalike.cli.errors import code_of
from lookalike.cli.options import URL, AnyIn, In, Json, Key, Output, Url, Wait, Yes, connect, sure
from lookalike.cli.output.job_progress import end, follow, watched
from lookalike.cli.output.save_file import save
from lookalike.cli.output.tables import UPLOADS, counted, show
from lookalike.models import Job

app = typer.Typer()


def _columns(text: str) -> dict[str, str]:
    """Read OURS:FILE'S pairs."""
    pairs = dict(one.split(":", 1) for one in text.split(",") if ":" in one)
    if len(pairs) != text.count(",") + 1:
        raise typer.BadParameter("use pairs like md5email:customer,sku:article")
    return pairs


Columns = Annotated[
    Any,
    typer.Option(parser=_columns, metavar="OURS:FILE'S,...", help="What its columns are called."),
]


@app.callback(invoke_without_command=True)
@app.command("list", help="List sales files.\n\nExample: lookalike sales list -c shop")
def list_all(
    context: typer.Context,
    collection: AnyIn = None,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List sales files; add and delete them.

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
        Path, typer.Argument(help="A CSV, gzipped or zipped if you like.", exists=True)
    ],
    collection: In,
    columns: Columns = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Add order lines, and train on them: md5email, sku, order_id, zip, country, created_at.

    Other usual names of columns are known; --columns says what others stand for.

    Example: lookalike sales add sales.csv.gz -c shop
    """
    from lookalike.progress import JobBars

    with connect(url, key) as server, JobBars("reading", "order lines") as bars:
        job = server.recommender(collection).add_sales(file, columns=columns, on_bytes=bars.sent)
        job = watched(job, bars, wait=wait)
    if as_json or not job.result or code_of(job):
        end(job, _told, as_json=as_json)
    if taken := _taken(job.result):
        typer.echo(f"columns taken: {taken}")
    typer.echo(_imported(job.result))
    if not job.result["training"]:
        end(job, _told, as_json=False)
    with connect(url, key) as server:
        training = follow(server.job(job.result["training"]), "training", "customers")
    end(training, told_training, as_json=False)


@app.command()
def rejects(
    upload: Annotated[str, typer.Argument(help="Its id; `sales` lists them.")],
    collection: In,
    output: Output = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Print the rows of an upload that were set aside, as CSV: line, reason, text.

    Example: lookalike sales rejects UPLOAD -c shop -o rejects.csv
    """
    with connect(url, key) as server:
        save(server.recommender(collection).rejects(upload), output)


@app.command()
def delete(
    collection: In,
    upload: Annotated[
        str | None, typer.Argument(help="Its id; `sales` lists them. Without: all.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    named: Annotated[str | None, typer.Option("--upload", hidden=True)] = None,
    yes: Yes = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Delete the sales of one upload, or all.

    Example: lookalike sales delete UPLOAD -c shop
    """
    upload = upload or named
    if every and upload:
        raise typer.BadParameter("name an upload or say --all, not both")
    which = f"upload {upload}" if upload else "all sales"
    sure(f"Delete {which} of {collection}?", yes=yes)
    with connect(url, key) as server:
        job = follow(server.recommender(collection).delete_sales(upload), "deleting", "uploads")
    end(job, lambda job: f"{which} of {job.collection} deleted", as_json=as_json)


def _imported(told: Mapping[str, Any]) -> str:
    if told.get("duplicate_of"):
        return f"the same file as upload {told['upload']}: its order lines count already"
    rejected = f", {told['rejected']:,} set aside" if told.get("rejected") else ""
    return f"{counted(told['accepted'], 'order line')} taken in{rejected}; training ..."


def _taken(told: Mapping[str, Any]) -> str:
    """Which columns of the file stood for ours, where they have other names."""
    columns = (told.get("columns") or {}).items()
    return ", ".join(f"{name} as {ours}" for ours, name in columns if name.lower() != ours)


def _told(job: Job) -> str:
    return f"sales of {job.collection}"
