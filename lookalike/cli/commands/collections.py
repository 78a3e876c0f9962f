"""`lookalike collections`: list, show, create, change, delete."""

from typing import Annotated, Literal

import typer

from lookalike.cli.commands.maintenance import rebuild_summary
from lookalike.cli.options import Json, Name, Server, Wait, Yes, confirm, with_server
from lookalike.cli.output.columns import COLLECTIONS
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import print_line, show, show_row
from lookalike.cli.output.texts import counted

app = typer.Typer()
InitialEncoder = Annotated[
    str | None, typer.Option(help="The encoder; see `lookalike encoders`. Default: the server's.")
]
Description = Annotated[str, typer.Option(help="The purpose of the collection.")]
NewEncoder = Annotated[str | None, typer.Option(help="The new encoder; see `lookalike encoders`.")]
GroupBy = Annotated[
    str | None,
    typer.Option(metavar="ATTRIBUTE", help="Show one item for each value of this attribute."),
]
NewGroupBy = Annotated[
    str | None,
    typer.Option(
        metavar="ATTRIBUTE",
        help='Show one item for each value of this attribute; "" shows all items.',
    ),
]
InitialRecipe = Annotated[
    Literal["auto", "parts-1"],
    typer.Option(help="`parts-1` is never fitted to the images, unless a rebuild asks for it."),
]
NewDescription = Annotated[str | None, typer.Option(help="The new description.")]


@app.callback(invoke_without_command=True)
@app.command("list", help="List collections.\n\nExample: lookalike collections list")
@with_server
def list_collections(server: Server, as_json: Json = False) -> None:
    """List, show, create, change or delete collections.

    Example: lookalike collections
    """
    show(server.collections(), COLLECTIONS, as_json=as_json)


@app.command("show")
@with_server
def show_collection(server: Server, name: Name, as_json: Json = False) -> None:
    """Show one collection.

    Example: lookalike collections show shop
    """
    show_row(server.collection(name), COLLECTIONS, as_json=as_json)


@app.command()
@with_server
def create(
    server: Server, name: Name, encoder: InitialEncoder = None, description: Description = "",
    group_by: GroupBy = None, recipe: InitialRecipe = "auto", as_json: Json = False,
) -> None:  # fmt: skip
    """Create a collection.

    Example: lookalike collections create shop --encoder resnet50
    """
    collection = server.create_collection(name, encoder, description, group_by, recipe=recipe)
    line = f"created {collection.name} with encoder {collection.encoder}"
    print_line(line, collection, as_json=as_json)


@app.command()
@with_server
def change(
    server: Server, name: Name, encoder: NewEncoder = None, description: NewDescription = None,
    group_by: NewGroupBy = None, wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Change the encoder, the description or the groups of a collection.

    Searches use the old encoder until all images are embedded with the new one.

    Example: lookalike collections change shop --encoder resnet50
    """
    if encoder is None and description is None and group_by is None:
        raise typer.BadParameter("nothing to change; use --encoder, --description or --group-by")
    collection = server.collection(name)
    if description is not None:
        collection = server.describe_collection(name, description)
    if group_by is not None:
        collection = server.group_collection(name, group_by or None)
    if encoder and (job := server.change_encoder(name, encoder)):
        job = follow(job, "embedding", "items", wait=wait)
        exit_with_summary(job, rebuild_summary, as_json=as_json)
    line = f"{name}: {collection.description or 'no description'}; encoder {collection.encoder}"
    print_line(line, collection, as_json=as_json)


@app.command()
@with_server
def delete(server: Server, name: Name, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a collection with all its items, sales and recommendations.

    Example: lookalike collections delete shop
    """
    collection = server.collection(name)
    confirm(f"Delete {name} and its {counted(collection.items, 'item')}?", yes=yes)
    job = follow(server.delete_collection(name), "deleting", "items")
    exit_with_summary(job, lambda job: f"{job.collection} deleted", as_json=as_json)
