"""`lookalike items`: list, change and delete items."""

import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.commands import item_checks
from lookalike.cli.commands.attribute_values import read_changes
from lookalike.cli.commands.bulk import run_bulk
from lookalike.cli.commands.import_ import print_import
from lookalike.cli.options import (
    Filter,
    In,
    Json,
    Limit,
    Output,
    Server,
    Wait,
    Yes,
    parse_filter,
    with_server,
)
from lookalike.cli.output.columns import ITEMS, UNAVAILABLE
from lookalike.cli.output.files import save
from lookalike.cli.output.job_progress import exit_with_report, upload
from lookalike.cli.output.tables import print_line, show, show_row

app = typer.Typer(help="List, change or delete items; find image problems and duplicates.")
app.add_typer(item_checks.app)
Sku = Annotated[str, typer.Argument(help="The SKU of the item.")]
View = Annotated[str | None, typer.Option(help="The view to download; the first view if omitted.")]
Size = Annotated[
    int | None,
    typer.Option(min=16, max=2048, help="Scale down to a JPEG of at most this many pixels."),
]
Images = Annotated[
    list[Path], typer.Argument(help="All images of the item.", exists=True, dir_okay=False)
]
Attributes = Annotated[
    list[str] | None,
    typer.Option("-a", "--attribute", metavar="NAME=VALUE", help="An attribute; may be repeated."),
]
OptionalSku = Annotated[
    str | None, typer.Argument(help="The SKU of the item; --filter names several.")
]
RequiredFilter = Annotated[
    Any,
    typer.Option("--filter", parser=parse_filter, metavar="JSON",
                 help='Which items: a filter by attributes, such as \'{"kind": "dress"}\'.'),
]  # fmt: skip
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count the items.")]
Changes = Annotated[
    list[str], typer.Argument(metavar="NAME=VALUE", help="An empty value removes the attribute.")
]
OptionalChanges = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME=VALUE", help="An empty value removes the attribute."),
]
_STATES = "in_stock, out_of_stock or hidden"
NewAvailability = Annotated[
    str | None, typer.Option("--availability", metavar="STATE", help=f"New: {_STATES}.")
]
OnlyAvailability = Annotated[
    str | None,
    typer.Option("--availability", metavar="STATE", help=f"Only items that are {_STATES}."),
]
OnlySkus = Annotated[
    str | None, typer.Option("--skus", metavar="SKU,...", help="Only these items, at most 200.")
]
ItemLimit = Annotated[
    int | None,
    typer.Option("-n", "--limit", min=1,
                 help="Maximum number of results: by default 20, with --skus all."),
]  # fmt: skip
States = Annotated[
    list[str],
    typer.Argument(metavar="SKU=STATE", help="States: in_stock, out_of_stock, hidden."),
]
State = Annotated[
    str | None, typer.Option("--state", help="Only items that are out_of_stock, or hidden.")
]


@app.command("list")
@with_server
def list_items(
    server: Server, collection: In, filter: Filter = None, availability: OnlyAvailability = None,
    skus: OnlySkus = None, limit: ItemLimit = None, as_json: Json = False,
) -> None:  # fmt: skip
    """List the items of a collection.

    Example: lookalike items list -c shop --filter '{"kind": "dress"}'
    """
    names = None if skus is None else [sku for sku in skus.split(",") if sku.strip()]
    if names == []:
        raise typer.BadParameter("--skus names no item")
    rows = server.items(
        collection, filter, availability=availability, skus=names,
        on_hint=partial(typer.echo, err=True),
    )  # fmt: skip
    show(islice(rows, limit or (len(names) if names else 20)), ITEMS, as_json=as_json)


@app.command("show")
@with_server
def show_item(server: Server, sku: Sku, collection: In, as_json: Json = False) -> None:
    """Show one item.

    Example: lookalike items show A-12 -c shop
    """
    show_row(server.item(collection, sku), ITEMS, as_json=as_json)


@app.command()
@with_server
def image(
    server: Server, sku: Sku, collection: In, view: View = None, size: Size = None,
    output: Output = None,
) -> None:  # fmt: skip
    """Download an image of an item.

    Example: lookalike items image A-12 -c shop -o A-12.jpg
    """
    if output is None and sys.stdout.isatty():
        raise typer.BadParameter("stdout is a terminal; specify a file: -o FILE")
    save([server.image(collection, sku, view, size=size)], output)


@app.command()
@with_server
def replace(
    server: Server, sku: Sku, images: Images, collection: In, attributes: Attributes = None,
    wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Create an item, or replace all its images and attributes.

    Example: lookalike items replace A-12 photo.jpg -a price=39.9 -c shop
    """
    values = read_changes(server, collection, attributes or ())
    job = upload(partial(server.replace_item, collection, sku, images, values), wait=wait)
    exit_with_report(job, partial(print_import, server), as_json=as_json)


@app.command()
@with_server
def change(
    server: Server, sku: Sku, collection: In, attributes: OptionalChanges = None,
    availability: NewAvailability = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Set or remove attributes of an item, or set its availability.

    Example: lookalike items change A-12 price=39.9 brand= -c shop
    """
    if not attributes and not availability:
        raise typer.BadParameter("specify attributes as NAME=VALUE, --availability, or both")
    values = read_changes(server, collection, attributes or ())
    item = server.change_item(collection, sku, values, availability=availability)
    show_row(item, ITEMS, as_json=as_json)


@app.command()
@with_server
def availability(server: Server, states: States, collection: In, as_json: Json = False) -> None:
    """Set items to in_stock, out_of_stock or hidden.

    Items that are out of stock are left out of lists; hidden items are shown nowhere.

    Example: lookalike items availability A-12=out_of_stock B-7=hidden -c shop
    """
    changes = server.set_availability(collection, dict(map(_split_state, states)))
    line = f"changed {changes.changed:,}, unchanged {changes.unchanged:,}"
    if changes.unknown:
        line += f"; {changes.unknown:,} unknown: {', '.join(changes.unknown_skus)}"
    print_line(line, changes, as_json=as_json)


@app.command()
@with_server
def unavailable(
    server: Server, collection: In, state: State = None, limit: Limit = 20, as_json: Json = False
) -> None:
    """List the items that are not in stock.

    Example: lookalike items unavailable --state hidden -c shop
    """
    rows = server.unavailable_items(collection, state)
    show(islice(rows, limit), UNAVAILABLE, as_json=as_json)


def _split_state(text: str) -> tuple[str, str]:
    sku, sign, state = text.rpartition("=")
    if not sign or not sku:
        raise typer.BadParameter(f"{text!r} does not have the form SKU=STATE")
    return sku, state


@app.command("set")
@with_server
def set_all(
    server: Server, attributes: Changes, filter: RequiredFilter, collection: In,
    dry_run: DryRun = False, yes: Yes = False, wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Set or remove attributes of all items that match a filter.

    Example: lookalike items set sale=true --filter '{"kind": "dress"}' -c shop
    """
    values = read_changes(server, collection, attributes)
    change = partial(server.change_items, collection, filter, values)
    run_bulk(change, "change", "changed", dry_run=dry_run, yes=yes, wait=wait, as_json=as_json)


@app.command()
@with_server
def delete(
    server: Server, collection: In, sku: OptionalSku = None, filter: Filter = None,
    dry_run: DryRun = False, yes: Yes = False, wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Delete an item, or all items that match a filter.

    Example: lookalike items delete A-12 -c shop
    """
    if (sku is None) == (filter is None):
        raise typer.BadParameter("specify either an item or --filter, but not both")
    if sku is not None:
        server.delete_item(collection, sku)
        print_line(f"deleted {sku}", {"deleted": sku}, as_json=as_json)
        return
    delete = partial(server.delete_items, collection, filter)
    run_bulk(delete, "delete", "deleted", dry_run=dry_run, yes=yes, wait=wait, as_json=as_json)
