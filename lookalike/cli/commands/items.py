"""`lookalike items`: list, show, replace, change, delete; download an image."""

import json
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands.import_ import print_import
from lookalike.cli.options import (
    URL,
    FilterOption,
    In,
    Json,
    Key,
    Limit,
    Output,
    Url,
    Wait,
    connect,
)
from lookalike.cli.output.job_progress import exit_with_report, wait_with_bars
from lookalike.cli.output.save_file import save
from lookalike.cli.output.tables import (
    Column,
    attributes_text,
    print_json,
    show,
    show_row,
    time_text,
)

app = typer.Typer(help="List, show, replace, change or delete items.")
Sku = Annotated[str, typer.Argument(help="The sku of the item.")]
_ITEMS: tuple[Column, ...] = (
    ("sku", lambda item: item.sku),
    ("views", lambda item: ", ".join(image.view for image in item.images)),
    ("updated", lambda item: time_text(item.updated_at)),
    ("attributes", lambda item: attributes_text(item.attributes)),
)


@app.command("list")
def list_items(
    collection: In,
    filter: FilterOption = None,
    limit: Limit = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List the items of a collection.

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
        show_row(server.item(collection, sku), _ITEMS, as_json=as_json)


@app.command()
def image(
    sku: Sku,
    collection: In,
    view: Annotated[
        str | None, typer.Option(help="The view to download; the first one if not given.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=16, max=2048, help="Scale down to a JPEG of at most this many pixels."),
    ] = None,
    output: Output = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Download an image of an item.

    Example: lookalike items image A-12 -c shop -o A-12.jpg
    """
    if output is None and sys.stdout.isatty():
        raise typer.BadParameter("stdout is a terminal; name a file: -o FILE")
    with connect(url, key) as server:
        save([server.image(collection, sku, view, size=size)], output)


@app.command()
def replace(
    sku: Sku,
    images: Annotated[
        list[Path], typer.Argument(help="All images of the item.", exists=True, dir_okay=False)
    ],
    collection: In,
    attributes: Annotated[
        list[str] | None,
        typer.Option(
            "-a", "--attribute", metavar="NAME=VALUE", help="An attribute; may be repeated."
        ),
    ] = None,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Create an item, or replace all its images and attributes.

    Example: lookalike items replace A-12 photo.jpg -a price=39.9 -c shop
    """
    from lookalike.progress_bars import JobBars

    values = dict(map(_parse_attribute, attributes or ()))
    with connect(url, key) as server:
        with JobBars() as bars:
            job = server.replace_item(collection, sku, images, values, on_bytes=bars.show_bytes)
            job = wait_with_bars(job, bars, wait=wait)
        exit_with_report(job, partial(print_import, server), as_json=as_json)


@app.command()
def change(
    sku: Sku,
    attributes: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE...", help="An empty value removes the attribute."),
    ],
    collection: In,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Set or remove attributes of an item; all others stay.

    Example: lookalike items change A-12 price=39.9 brand= -c shop
    """
    values = dict(map(_parse_attribute, attributes))
    with connect(url, key) as server:
        item = server.change_item(collection, sku, values)
    show_row(item, _ITEMS, as_json=as_json)


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


def _parse_attribute(text: str) -> tuple[str, Any]:
    """Parse NAME=VALUE; a value that is valid JSON is read as JSON, so 39.9 is a number."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value) if value else None
    except json.JSONDecodeError:
        return name, value
