"""`lookalike collections`: list, show, create, change, delete."""

from typing import Annotated

import typer

from lookalike.cli.commands.rebuild import rebuild_summary
from lookalike.cli.options import URL, Json, Key, Name, Url, Wait, Yes, confirm, connect
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import COLLECTIONS, counted, print_json, show, show_row

app = typer.Typer()


@app.callback(invoke_without_command=True)
@app.command("list", help="List collections.\n\nExample: lookalike collections list")
def list_collections(
    context: typer.Context, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """List, show, create, change or delete collections.

    Example: lookalike collections
    """
    if context.invoked_subcommand is None:
        with connect(url, key) as server:
            show(server.collections(), COLLECTIONS, as_json=as_json)


@app.command("show")
def show_collection(name: Name, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Show one collection.

    Example: lookalike collections show shop
    """
    with connect(url, key) as server:
        show_row(server.collection(name), COLLECTIONS, as_json=as_json)


@app.command()
def create(
    name: Name,
    encoder: Annotated[
        str | None,
        typer.Option(help="The encoder; see `lookalike encoders`. Default: the server's."),
    ] = None,
    description: Annotated[str, typer.Option(help="What the collection is for.")] = "",
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Create a collection.

    Example: lookalike collections create shop --encoder resnet50
    """
    with connect(url, key) as server:
        collection = server.create_collection(name, encoder, description)
    if as_json:
        print_json(collection)
    else:
        typer.echo(f"created {collection.name} with encoder {collection.encoder}")


@app.command()
def change(
    name: Name,
    encoder: Annotated[
        str | None,
        typer.Option(help="The new encoder; see `lookalike encoders`."),
    ] = None,
    description: Annotated[str | None, typer.Option(help="The new description.")] = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change the encoder or the description of a collection.

    Searches continue with the old encoder until all images are embedded.

    Example: lookalike collections change shop --encoder resnet50
    """
    if encoder is None and description is None:
        raise typer.BadParameter("nothing to change: use --encoder or --description")
    with connect(url, key) as server:
        collection = server.collection(name)
        if description is not None:
            collection = server.describe_collection(name, description)
        if encoder and (job := server.change_encoder(name, encoder)):
            job = follow(job, "embedding", "items", wait=wait)
            exit_with_summary(job, rebuild_summary, as_json=as_json)
    if as_json:
        print_json(collection)
    else:
        text = collection.description or "no description"
        typer.echo(f"{name}: {text}; encoder {collection.encoder}")


@app.command()
def delete(
    name: Name, yes: Yes = False, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """Delete a collection with all its items, sales and recommendations.

    Example: lookalike collections delete shop
    """
    with connect(url, key) as server:
        collection = server.collection(name)
        confirm(f"Delete {name} with {counted(collection.items, 'item')}?", yes=yes)
        job = follow(server.delete_collection(name), "deleting", "items")
    exit_with_summary(job, lambda job: f"{job.collection} deleted", as_json=as_json)
