"""`lookalike items`: list, show, change, delete."""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands.import_ import end
from lookalike.cli.options import (
    URL,
    FilterOption,
    In,
    Json,
    Key,
    Most,
    Output,
    Url,
    Wait,
    connect,
)
from lookalike.cli.output.job_progress import watched
from lookalike.cli.output.save_file import save
from lookalike.cli.output.tables import (
    Column,
    attributes_text,
    print_json,
    show,
    show_one,
    time_text,
)

app = typer.Typer(help="List the items of a collection; show, change and delete them.")
Sku = Annotated[str, typer.Argument(help="The item.")]
_ITEMS: tuple[Column, ...] = (
    ("sku", lambda item: item.sku),
    ("views", lambda item: ", ".join(image.view for image in item.images)),
    ("changed", lambda item: time_text(item.updated_at)),
    ("attributes", lambda item: attributes_text(item.attributes)),
)


@app.command("list")
def list_some(
    collection: In,
    filter: FilterOption = None,
    limit: Most = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List items.

    Example: lookalike items list -c shop --filter '{"kind": "dress"}'
    """
    with connect(url, key) as server:
        show(islice(server.items(collection, filter), limit), _ITEMS, as_json=as_json)


@app.command("show")
def show_item(
    sku: Sku, collection: In, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """Show one item.

    Example: lookalike items show A-12 -c shop
    """
    with connect(url, key) as server:
        show_one(server.item(collection, sku), _ITEMS, as_json=as_json)


@app.command()
def picture(
    sku: Sku,
    collection: In,
    view: Annotated[str | None, typer.Option(help="Which one, else the first.")] = None,
    size: Annotated[
        int | None, typer.Option(min=16, max=2048, help="A JPEG of at most so many pixels.")
    ] = None,
    output: Output = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Fetch a picture of an item.

    Example: lookalike items picture A-12 -c shop -o A-12.jpg
    """
    if output is None and sys.stdout.isatty():
        raise typer.BadParameter("name a file: -o FILE")
    with connect(url, key) as server:
        save([server.picture(collection, sku, view, size=size)], output)


@app.command()
def replace(
    sku: Sku,
    pictures: Annotated[
        list[Path], typer.Argument(help="All its pictures.", exists=True, dir_okay=False)
    ],
    collection: In,
    attributes: Annotated[
        list[str] | None,
        typer.Option("-a", "--attribute", metavar="NAME=VALUE", help="One of all."),
    ] = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Put an item there with these pictures and attributes only.

    Example: lookalike items replace A-12 photo.jpg -a price=39.9 -c shop
    """
    from lookalike.progress import JobBars

    named = dict(map(_attribute, attributes or ()))
    with connect(url, key) as server:
        with JobBars() as bars:
            job = server.replace_item(collection, sku, pictures, named, on_bytes=bars.sent)
            job = watched(job, bars, wait=wait)
        end(server, job, as_json=as_json)


@app.command()
def change(
    sku: Sku,
    attributes: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="A value of none takes it away.")
    ],
    collection: In,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Set attributes.

    Example: lookalike items change A-12 price=39.9 brand= -c shop
    """
    with connect(url, key) as server:
        changed = server.change_item(collection, sku, dict(map(_attribute, attributes)))
    show_one(changed, _ITEMS, as_json=as_json)


@app.command()
def delete(
    sku: Sku, collection: In, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """Delete an item.

    Example: lookalike items delete A-12 -c shop
    """
    with connect(url, key) as server:
        server.delete_item(collection, sku)
    if as_json:
        print_json({"deleted": sku})
    else:
        typer.echo(f"deleted {sku}")


def _attribute(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE; a value that is JSON is taken as that, so 39.9 is a number."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value) if value else None
    except json.JSONDecodeError:
        return name, value
