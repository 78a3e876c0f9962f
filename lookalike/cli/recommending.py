"""`lookalike sales|train|recommend|users`: sales in, lists out."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.failing import code_of, fail
from lookalike.cli.options import URL, In, Json, Key, Limit, Url, connect
from lookalike.cli.tables import RECOMMENDATIONS, UPLOADS, USERS, print_json, show
from lookalike.models import Job

sales_app = typer.Typer(help="List sales files; add and delete them.")
Wait = Annotated[bool, typer.Option(help="Wait until the job has ended.")]


@sales_app.callback(invoke_without_command=True)
def list_sales(
    context: typer.Context,
    collection: Annotated[
        str | None, typer.Option("-c", "--collection", help="The collection.")
    ] = None,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List sales files; add and delete them."""
    if context.invoked_subcommand is None:
        if collection is None:
            raise typer.BadParameter("name the collection: -c NAME")
        with connect(url, key) as server:
            show(server.recommender(collection).sales(), UPLOADS, as_json=as_json)


@sales_app.command("add")
def add_sales(
    file: Annotated[
        Path, typer.Argument(help="A CSV, gzipped or zipped if you like.", exists=True)
    ],
    collection: In,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Add order lines, and train on them: md5email, sku, order_id, zip, country, created_at."""
    with connect(url, key) as server:
        job = server.recommender(collection).add_sales(file)
        if wait:
            job = server.wait(job)
            if not code_of(job) and job.result and not as_json:
                typer.echo(_imported(job.result))
                if job.result["training"]:
                    job = server.wait(server.job(job.result["training"]))
    _tell(job, as_json=as_json)


@sales_app.command("delete")
def delete_sales(
    collection: In,
    upload: Annotated[str | None, typer.Option(help="Only this upload.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Delete the sales of one upload, or all."""
    if not yes:
        which = f"upload {upload}" if upload else "all sales"
        typer.confirm(f"Delete {which} of {collection}?", abort=True)
    with connect(url, key) as server:
        job = server.wait(server.recommender(collection).delete_sales(upload))
    _tell(job, as_json=False)


def train(
    collection: In, wait: Wait = True, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """Train the recommender of a collection anew."""
    with connect(url, key) as server:
        job = server.recommender(collection).train()
        job = server.wait(job) if wait else job
    _tell(job, as_json=as_json)


def recommend(
    user: Annotated[str, typer.Argument(help="A customer, as in the sales.")],
    collection: In,
    limit: Limit = 10,
    country: Annotated[str, typer.Option(help="Of a customer who is not known.")] = "",
    zip: Annotated[str, typer.Option(help="Of a customer who is not known.")] = "",
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show what is offered to a customer, and why."""
    with connect(url, key) as server:
        found = server.recommender(collection).recommend(user, limit, country=country, zip=zip)
    if as_json:
        print_json(found)
        return
    title = None if found.personal else f"{user} has no purchases; this is popular"
    show(found.recommendations, RECOMMENDATIONS, as_json=False, title=title)


def users(
    collection: In,
    prefix: Annotated[str, typer.Option(help="Only names that begin so.")] = "",
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="So many at most.")] = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List customers, with what they bought last."""
    with connect(url, key) as server:
        found = server.recommender(collection).users(prefix)
        show(islice(found, limit), USERS, as_json=as_json)


def _imported(told: Mapping[str, Any]) -> str:
    if told.get("duplicate_of"):
        return f"the same file as upload {told['upload']}: its order lines count already"
    rejected = f", {told['rejected']:,} set aside" if told.get("rejected") else ""
    return f"{told['accepted']:,} order lines taken in{rejected}; training ..."


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json:
        print_json(job)
    elif job.problem:
        fail(f"job {job.id} {job.state.value}: {job.problem['detail']}")
    elif not job.state.final:
        typer.echo(f"job {job.id} is on its way; see `lookalike jobs show {job.id}`")
    else:
        typer.echo(f"{job.state.value}: {job.kind} of {job.collection}")
    raise typer.Exit(code_of(job) if job.state.final else 0)
