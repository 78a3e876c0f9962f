"""`lookalike collections`: list, create, change, delete."""

from typing import Annotated

import typer

from lookalike.cli.commands.rebuild import embedded
from lookalike.cli.options import URL, Json, Key, Name, Url, Wait, Yes, connect, sure
from lookalike.cli.output.job_progress import end, follow
from lookalike.cli.output.tables import COLLECTIONS, counted, print_json, show, show_one

app = typer.Typer()


@app.callback(invoke_without_command=True)
@app.command("list", help="List collections.\n\nExample: lookalike collections list")
def list_all(
    context: typer.Context, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """List collections; create, change and delete them.

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
        show_one(server.collection(name), COLLECTIONS, as_json=as_json)


@app.command()
def create(
    name: Name,
    encoder: Annotated[str | None, typer.Option(help="A network; see `encoders`.")] = None,
    description: str = "",
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Create a collection.

    Example: lookalike collections create shop --encoder resnet50
    """
    with connect(url, key) as server:
        made = server.create_collection(name, encoder, description)
    if as_json:
        print_json(made)
    else:
        typer.echo(f"created {made.name} with {made.encoder}")


@app.command()
def change(
    name: Name,
    encoder: Annotated[
        str | None, typer.Option(help="Another network, embedded beside and then swapped.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="Another description.")] = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change a collection's encoder or description; searches go on meanwhile.

    Example: lookalike collections change shop --encoder resnet50
    """
    if encoder is None and description is None:
        raise typer.BadParameter("say what to change: --encoder or --description")
    with connect(url, key) as server:
        one = server.collection(name)
        if description is not None:
            one = server.describe_collection(name, description)
        job = server.change_encoder(name, encoder) if encoder else None
        if job:
            end(follow(job, "embedding", "items", wait=wait), embedded, as_json=as_json)
    if as_json:
        print_json(one)
    else:
        typer.echo(f"{name}: {one.description or 'no description'}; encoder {one.encoder}")


@app.command()
def delete(
    name: Name,
    yes: Yes = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Delete a collection with all its items.

    Example: lookalike collections delete shop
    """
    with connect(url, key) as server:
        one = server.collection(name)
        sure(f"Delete {name} with {counted(one.items, 'item')}?", yes=yes)
        job = follow(server.delete_collection(name), "deleting", "items")
    end(job, lambda job: f"{job.collection} deleted", as_json=as_json)
