"""`lookalike search` and `lookalike similar`."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.cli.options import (
    Crop,
    Filter,
    Html,
    In,
    Json,
    Limit,
    MinScore,
    Open,
    Server,
    with_server,
)
from lookalike.cli.output.html_sheet import write_matches
from lookalike.cli.output.tables import MATCHES, counted, print_json, print_table
from lookalike.models import Matches

ImageFile = Annotated[Path, typer.Argument(help="An image file.", exists=True, dir_okay=False)]
Sku = Annotated[str, typer.Argument(help="The SKU of an item in the collection.")]


@with_server
def search(
    server: Server, image: ImageFile, collection: In, limit: Limit = 10, min_score: MinScore = 0,
    filter: Filter = None, crop: Crop = None, html: Html = None, open: Open = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Find items similar to an image.

    --html and --open show the images of the matches.

    Example: lookalike search photo.jpg -c shop --filter '{"price": {"lt": 50}}' --html found.html
    """
    matches = server.search(
        image, collection, limit=limit, min_score=min_score, filter=filter, crop=crop
    )
    if html or open:
        write_matches(server, collection, image, matches, html, open=open)
    print_matches(matches, as_json=as_json)


@with_server
def similar(
    server: Server, sku: Sku, collection: In, limit: Limit = 10, min_score: MinScore = 0,
    filter: Filter = None, html: Html = None, open: Open = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Find items similar to an item of the collection.

    --html and --open show the images of the matches.

    Example: lookalike similar A-12 -c shop --open
    """
    matches = server.similar(collection, sku, limit=limit, min_score=min_score, filter=filter)
    if html or open:
        write_matches(server, collection, sku, matches, html, open=open)
    print_matches(matches, as_json=as_json)


def print_matches(matches: Matches, *, as_json: bool = False, title: str | None = None) -> None:
    """Print the matches and the duration of a search."""
    if as_json:
        print_json(matches)
        return
    print_table(matches.matches, MATCHES, title)
    if not matches.matches:
        typer.echo(f"no matches: {matches.hint}" if matches.hint else "no matches")
    total = matches.timings.get("total_ms")
    if total is not None:
        count = counted(len(matches.matches), "match", "matches")
        typer.echo(f"{count} in {total:.0f} ms", err=True)
