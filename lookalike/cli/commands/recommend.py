"""`lookalike recommend|basket|bought-together|popular`: what to show to a customer."""

from typing import Annotated

import typer

from lookalike.cli.options import (
    AtMost,
    Diversity,
    Exclude,
    Filter,
    Group,
    Html,
    In,
    Json,
    Limit,
    Open,
    OutOfStock,
    Server,
    User,
    variety,
    with_server,
)
from lookalike.cli.output.columns import BOUGHT_TOGETHER, RECOMMENDATIONS
from lookalike.cli.output.html_sheet import write_recommendations
from lookalike.cli.output.tables import print_json, show
from lookalike.cli.output.texts import time_text
from lookalike.variety import ListOptions

Sku = Annotated[str, typer.Argument(help="The SKU of an item in the collection.")]
Skus = Annotated[list[str], typer.Argument(help="SKUs, the newest last.")]
Customer = Annotated[str, typer.Option("--user", help="The customer, if known.")]
Country = Annotated[str, typer.Option(help="The country of an unknown customer.")]
Zip = Annotated[str, typer.Option(help="The postal code of an unknown customer.")]
PopularCountry = Annotated[str, typer.Option(help="The country in which the items are popular.")]
PopularZip = Annotated[str, typer.Option(help="The postal code near which they are popular.")]
Days = Annotated[int | None, typer.Option(help="Count only orders of the last days: 7, 30 or 90.")]


@with_server
def recommend(
    server: Server, user: User, collection: In, limit: Limit = 10, country: Country = "",
    zip: Zip = "", filter: Filter = None, exclude: Exclude = None, out_of_stock: OutOfStock = False,
    group: Group = True, at_most: AtMost = None, diversity: Diversity = 0, html: Html = None,
    open: Open = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Show the recommendations for a customer, with reasons.

    An unknown customer gets items popular in the region; such items also complete a short list.
    --html and --open show images.

    Example: lookalike recommend CUSTOMER -c shop --open
    """
    options: ListOptions = {
        **variety(group=group, at_most=at_most, diversity=diversity),
        "filter": filter, "exclude": exclude or [], "include_out_of_stock": out_of_stock,
    }  # fmt: skip
    result = server.recommender(collection).recommend(
        user, limit, country=country, zip=zip, **options
    )
    if html or open:
        write_recommendations(server, collection, result, html, open=open)
    if as_json:
        print_json(result)
        return
    title = None if result.personal else f"{user} has no purchases; these items are popular"
    show(result.recommendations, RECOMMENDATIONS, as_json=False, title=title)
    if result.filled:
        typer.echo(f"the last {result.filled} are popular items that complete the list", err=True)
    if result.hint:
        typer.echo(result.hint, err=True)


@with_server
def basket(
    server: Server, skus: Skus, collection: In, user: Customer = "", limit: Limit = 10,
    filter: Filter = None, exclude: Exclude = None, out_of_stock: OutOfStock = False,
    country: Country = "", zip: Zip = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show what goes with a basket, or with items that a visitor looked at.

    The newest item comes last. If too few items go with the basket, popular items follow.

    Example: lookalike basket A-12 C-3 -c shop
    """
    result = server.recommender(collection).recommend_for_basket(
        skus, limit, user=user, filter=filter, exclude=exclude or [],
        include_out_of_stock=out_of_stock, country=country, zip=zip,
    )  # fmt: skip
    if result.unknown:
        typer.echo(f"warning: unknown SKUs: {', '.join(result.unknown)}", err=True)
    if as_json:
        print_json(result)
    else:
        show(result.recommendations, RECOMMENDATIONS, as_json=False)


@with_server
def bought_together(
    server: Server, sku: Sku, collection: In, limit: Limit = 10, filter: Filter = None,
    exclude: Exclude = None, out_of_stock: OutOfStock = False, as_json: Json = False,
) -> None:  # fmt: skip
    """List the items that are bought together with an item.

    Example: lookalike bought-together A-12 -c shop
    """
    rows = server.recommender(collection).bought_together(
        sku, limit, filter=filter, exclude=exclude or [], include_out_of_stock=out_of_stock
    )
    show(rows, BOUGHT_TOGETHER, as_json=as_json)


@with_server
def popular(
    server: Server, collection: In, limit: Limit = 10, country: PopularCountry = "",
    zip: PopularZip = "", days: Days = None, filter: Filter = None, exclude: Exclude = None,
    out_of_stock: OutOfStock = False, group: Group = True, at_most: AtMost = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List the items that are popular in a region.

    Example: lookalike popular -c shop --country DE --days 30
    """
    result = server.recommender(collection).popular(
        limit, country=country, zip=zip, days=days, filter=filter, exclude=exclude or [],
        include_out_of_stock=out_of_stock, group=group, at_most=at_most,
    )  # fmt: skip
    if as_json:
        print_json(result)
        return
    period = f"orders from {time_text(result.since)} to {time_text(result.until)}"
    show(result.items, RECOMMENDATIONS, as_json=False, title=period if result.until else None)
    if result.hint:
        typer.echo(result.hint, err=True)
