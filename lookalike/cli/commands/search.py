"""`lookalike search` and `lookalike similar`."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.cli.options import (
    URL,
    Crop,
    FilterOption,
    Html,
    In,
    Json,
    Key,
    Limit,
    MinScore,
    Open,
    Url,
    connect,
)
from lookalike.cli.output.html_sheet import matched
from lookalike.cli.output.tables import MATCHES, counted, print_json, print_table
from lookalike.models import Matches


def search(
    image: Annotated[Path, typer.Argument(help="A picture.", exists=True, dir_okay=False)],
    collection: In,
    limit: Limit = 10,
    min_score: MinScore = 0,
    filter: FilterOption = None,
    crop: Crop = None,
    html: Html = None,
    open: Open = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Find items that look like a picture; --html and --open show them as pictures.

    Example: lookalike search photo.jpg -c shop --filter '{"price": {"lt": 50}}' --html found.html
    """
    with connect(url, key) as server:
        found = server.search(
            image, collection, limit=limit, min_score=min_score, filter=filter, crop=crop
        )
        if html or open:
            matched(server, collection, image, found, html, open=open)
    tell(found, as_json=as_json)


def similar(
    sku: Annotated[str, typer.Argument(help="An item of the collection.")],
    collection: In,
    limit: Limit = 10,
    min_score: MinScore = 0,
    filter: FilterOption = None,
    html: Html = None,
    open: Open = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Find items that look like an item of the shop; --html and --open show them as pictures.

    Example: lookalike similar A-12 -c shop --open
    """
    with connect(url, key) as server:
        found = server.similar(collection, sku, limit=limit, min_score=min_score, filter=filter)
        if html or open:
            matched(server, collection, sku, found, html, open=open)
    tell(found, as_json=as_json)


def tell(found: Matches, *, as_json: bool = False, title: str | None = None) -> None:
    """Print what was found, and how long it took."""
    if as_json:
        print_json(found)
        return
    print_table(found.matches, MATCHES, title)
    if not found.matches:
        typer.echo(f"nothing found: {found.hint}" if found.hint else "nothing found")
    total = found.timings.get("total_ms")
    if total is not None:
        typer.echo(f"{counted(len(found.matches), 'match', 'matches')} in {total:.0f} ms", err=True)
