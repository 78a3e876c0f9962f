"""`lookalike search|similar|substitutes|new`."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from lookalike.cli.options import (
    AtMost,
    Colour,
    Crop,
    Cursor,
    Diversity,
    Exclude,
    Filter,
    Group,
    Html,
    In,
    Json,
    Limit,
    MinRarity,
    MinScore,
    Open,
    OutOfStock,
    Server,
    variety,
    with_server,
)
from lookalike.cli.output.columns import MATCHES, NEW_ITEMS
from lookalike.cli.output.html_sheet import write_matches
from lookalike.cli.output.tables import print_json, print_table, show
from lookalike.cli.output.texts import counted
from lookalike.models import Matches, UnderstoodWords
from lookalike.variety import Paging

ImageFile = Annotated[
    Path | None, typer.Argument(help="An image file.", exists=True, dir_okay=False)
]
Text = Annotated[
    str | None, typer.Option(help="Colours, kinds of goods, or words that attributes contain.")
]
PriceRange = Annotated[
    float, typer.Option(help="Share of the item's price by which prices may differ.", min=0)
]
AnyPrice = Annotated[bool, typer.Option("--any-price", help="Prices do not matter.")]
Sku = Annotated[str, typer.Argument(help="The SKU of an item in the collection.")]


@with_server
def search(
    server: Server, collection: In, image: ImageFile = None, text: Text = None, limit: Limit = 10,
    min_score: MinScore = 0, min_rarity: MinRarity = None, filter: Filter = None,
    crop: Crop = None, group: Group = True, at_most: AtMost = None, diversity: Diversity = 0,
    colour: Colour = None, cursor: Cursor = None, html: Html = None, open: Open = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Find items that look like an image or fit a text.

    --html and --open show the images of the matches.

    Example: lookalike search photo.jpg -c shop --filter '{"price": {"lt": 50}}' --html found.html
    """
    if image is None and not text:
        raise typer.BadParameter("name an image file, or give --text", param_hint="IMAGE")
    matches = server.search(
        collection, image, text=text, limit=limit, min_score=min_score,
        filter=filter, crop=crop,
        **_options(group, at_most, diversity, colour, cursor, min_rarity),
    )  # fmt: skip
    if html or open:
        title = text or "" if image is None else f"Items similar to {image.name}"
        write_matches(server, collection, title, image, matches, html, open=open)
    print_matches(matches, as_json=as_json)


@with_server
def similar(
    server: Server, sku: Sku, collection: In, limit: Limit = 10, min_score: MinScore = 0,
    min_rarity: MinRarity = None, filter: Filter = None, group: Group = True,
    at_most: AtMost = None, diversity: Diversity = 0, colour: Colour = None, cursor: Cursor = None,
    exclude: Exclude = None, out_of_stock: OutOfStock = False, html: Html = None,
    open: Open = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Find items similar to an item of the collection.

    --html and --open show the images of the matches.

    Example: lookalike similar A-12 -c shop --open
    """
    matches = server.similar(
        collection, sku, limit=limit, min_score=min_score, filter=filter,
        exclude=exclude or [], include_out_of_stock=out_of_stock,
        **_options(group, at_most, diversity, colour, cursor, min_rarity),
    )  # fmt: skip
    if html or open:
        title = f"Items similar to {sku}"
        write_matches(server, collection, title, sku, matches, html, open=open)
    print_matches(matches, as_json=as_json)


@with_server
def substitutes(
    server: Server, sku: Sku, collection: In, limit: Limit = 10, price_range: PriceRange = 0.3,
    any_price: AnyPrice = False, filter: Filter = None, exclude: Exclude = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Find items in stock that look like an item and cost about as much.

    Example: lookalike substitutes A-12 -c shop --price-range 0.2
    """
    matches = server.substitutes(
        collection, sku, limit=limit, price_range=None if any_price else price_range,
        filter=filter, exclude=exclude or [],
    )  # fmt: skip
    print_matches(matches, as_json=as_json)


@with_server
def new(
    server: Server, collection: In, limit: Limit = 10, filter: Filter = None,
    exclude: Exclude = None, out_of_stock: OutOfStock = False, group: Group = True,
    at_most: AtMost = None, as_json: Json = False,
) -> None:  # fmt: skip
    """List the newest items, by the first import of their SKU.

    Example: lookalike new -c shop --filter '{"kind": "dress"}'
    """
    result = server.new_items(
        collection, limit, filter=filter, exclude=exclude or [],
        include_out_of_stock=out_of_stock, group=group, at_most=at_most,
    )  # fmt: skip
    if as_json:
        print_json(result)
        return
    show(result.items, NEW_ITEMS, as_json=False)
    if result.hint:
        typer.echo(result.hint, err=True)


def _options(
    group: bool, at_most: Any, diversity: float, colour: float | None, cursor: str | None,
    min_rarity: int | None,
) -> Paging:  # fmt: skip
    options = cast("Paging", variety(group=group, at_most=at_most, diversity=diversity))
    if colour is not None:
        options["colour"] = colour
    if cursor:
        options["cursor"] = cursor
    if min_rarity is not None:
        options["min_rarity"] = min_rarity
    return options


def print_matches(matches: Matches, *, as_json: bool = False, title: str | None = None) -> None:
    """Print the matches and the duration of a search."""
    if as_json:
        print_json(matches)
        return
    if matches.understood:
        typer.echo(f"understood: {', '.join(map(_meaning, matches.understood))}", err=True)
    print_table(matches.matches, MATCHES, title)
    if not matches.matches:
        typer.echo(f"no matches: {matches.hint}" if matches.hint else "no matches")
    total = matches.timings.get("total_ms")
    if total is not None:
        count = counted(len(matches.matches), "match", "matches")
        typer.echo(f"{count} in {total:.0f} ms", err=True)


def _meaning(words: UnderstoodWords) -> str:
    where = " and ".join(words.sources) or "ignored"
    if words.seen_as:
        where += f", approximated by {', '.join(words.seen_as)}"
    return f"{words.words} = {words.meaning or 'unknown'} ({where})"
