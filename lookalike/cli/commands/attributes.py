"""`lookalike attributes`: list the attributes of a collection and change their types."""

from typing import Annotated

import typer

from lookalike.cli.options import Filter, In, InGroup, Json, Server, Wait, with_server
from lookalike.cli.output.columns import ATTRIBUTE_COUNTS, ATTRIBUTES
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import print_json, show
from lookalike.cli.output.texts import counted
from lookalike.models import AttributeCounts, Job

app = typer.Typer()
Types = Annotated[
    list[str],
    typer.Argument(metavar="NAME=TYPE",
                   help="Types: text, number, integer, boolean, list, object."),
]  # fmt: skip


Counts = Annotated[
    bool,
    typer.Option("--counts",
                 help="Count the items with each value, or show the range; of a large collection, "
                      "only some items are counted."),
]  # fmt: skip


@app.callback(invoke_without_command=True)
@app.command("list", help="List the attributes with their types.\n\n"
             "Example: lookalike attributes list -c shop")  # fmt: skip
@with_server
def list_attributes(
    server: Server, collection: InGroup = None, counts: Counts = False, filter: Filter = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List attributes with their types, or change types.

    Example: lookalike attributes -c shop
    """
    if collection is None:
        raise typer.BadParameter("specify the collection: -c NAME")
    if filter and not counts:
        raise typer.BadParameter("--filter chooses the items that are counted; add --counts")
    if counts:
        _print_counts(server.attribute_counts(collection, filter), as_json=as_json)
    else:
        show(server.attributes(collection), ATTRIBUTES, as_json=as_json)


@app.command("set")
@with_server
def set_types(
    server: Server, types: Types, collection: In, wait: Wait = True, as_json: Json = False
) -> None:
    """Change the types of attributes, and read the values of all items again.

    Values that do not fit stay as they are, and are listed as failures of the job. The exit code is
    then 3.

    Example: lookalike attributes set size=text price=number -c shop
    """
    job = server.change_attribute_types(collection, dict(map(_split, types)))
    job = follow(job, "reading values", "items", wait=wait)
    exit_with_summary(job, _summary, as_json=as_json)


def _print_counts(counts: AttributeCounts, *, as_json: bool) -> None:
    if as_json:
        print_json(counts)
        return
    show(counts.items, ATTRIBUTE_COUNTS, as_json=False)
    typer.echo(f"counted: {counted(counts.counted_items, 'item')}", err=True)


def _split(text: str) -> tuple[str, str]:
    name, sign, type = text.rpartition("=")
    if not sign or not name:
        raise typer.BadParameter(f"{text!r} does not have the form NAME=TYPE")
    return name, type


def _summary(job: Job) -> str:
    result = job.result or {}
    text = f"{counted(result.get('changed', 0), 'item')} changed"
    if unfit := result.get("unfit"):
        text += f"; {counted(unfit, 'value')} do not fit: lookalike jobs failures {job.id}"
    return text
