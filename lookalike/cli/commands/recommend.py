"""`lookalike recommend|basket|bought-together|users|orders|lists|mailing|erase`: lists, users."""

from itertools import islice
from typing import Annotated, Literal

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
    Output,
    Server,
    Wait,
    Yes,
    confirm,
    variety,
    with_server,
)
from lookalike.cli.output.files import save
from lookalike.cli.output.html_sheet import write_recommendations
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import (
    BOUGHT_TOGETHER,
    ORDERS,
    RECOMMENDATIONS,
    USERS,
    counted,
    print_json,
    show,
    time_text,
)
from lookalike.models import Job
from lookalike.variety import ListOptions

User = Annotated[
    str, typer.Argument(help="The customer's md5email in the sales, or an e-mail address.")
]
Sku = Annotated[str, typer.Argument(help="The SKU of an item in the collection.")]
Skus = Annotated[list[str], typer.Argument(help="SKUs, the newest last.")]
Customer = Annotated[str, typer.Option("--user", help="The customer, if known.")]
Country = Annotated[str, typer.Option(help="The country of an unknown customer.")]
Zip = Annotated[str, typer.Option(help="The postal code of an unknown customer.")]
PopularCountry = Annotated[str, typer.Option(help="The country in which the items are popular.")]
PopularZip = Annotated[str, typer.Option(help="The postal code near which they are popular.")]
Days = Annotated[int | None, typer.Option(help="Count only orders of the last days: 7, 30 or 90.")]
Prefix = Annotated[str, typer.Option(help="Only customers whose names start with this prefix.")]
ListFormat = Annotated[
    Literal["csv", "jsonl"],
    typer.Option(help="csv: a row per item; jsonl: a line of JSON per customer."),
]

Items = Annotated[int, typer.Option("-n", "--items", help="Number of items for each customer.")]
MailFormat = Annotated[
    Literal["csv", "jsonl"], typer.Option(help="csv or jsonl; both have a row per customer.")
]
Title = Annotated[str, typer.Option(help="Attribute with the titles; default: name, else title.")]
Price = Annotated[str, typer.Option(help="Attribute with the prices; default: price.")]
Link = Annotated[
    str,
    typer.Option(
        help="Address of an item's page, with {sku} in place of the SKU, or the attribute that "
        "contains it; default: link, else url."
    ),
]
Picture = Annotated[
    str,
    typer.Option(
        help="Address of an item's picture, in the same two ways; default: this server's picture."
    ),
]
BoughtWithin = Annotated[
    int | None,
    typer.Option(
        metavar="DAYS",
        help="Only customers who bought something in so many days before the newest order.",
    ),
]
Language = Annotated[
    Literal["en", "de", "fr", "es", "it"], typer.Option(help="Language of the reasons.")
]
Bom = Annotated[
    bool, typer.Option("--bom", help="Start a CSV file with a byte order mark, as Excel needs it.")
]


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


@with_server
def users(
    server: Server, collection: In, prefix: Prefix = "", limit: Limit = 20, as_json: Json = False
) -> None:
    """List customers with their latest purchases.

    Example: lookalike users -c shop --prefix 3f
    """
    customers = server.recommender(collection).users(prefix)
    show(islice(customers, limit), USERS, as_json=as_json)


@with_server
def orders(
    server: Server, user: User, collection: In, limit: Limit = 20, as_json: Json = False
) -> None:
    """List a customer's orders, newest first, as of the last training run.

    Example: lookalike orders CUSTOMER -c shop
    """
    history = server.recommender(collection).orders(user)
    show(islice(history, limit), ORDERS, as_json=as_json)


@with_server
def lists(
    server: Server, collection: In, format: ListFormat = "csv", out_of_stock: OutOfStock = False,
    output: Output = None,
) -> None:  # fmt: skip
    """Export the recommendation lists of all customers.

    Hidden items are left out, and those out of stock unless included. Merchandising rules apply
    to mailings, but not to these lists.

    Example: lookalike lists -c shop --format jsonl -o lists.jsonl
    """
    lists = server.recommender(collection).lists(format, include_out_of_stock=out_of_stock)
    save(lists, output)


@with_server
def mailing(
    server: Server, collection: In, items: Items = 4, format: MailFormat = "csv",
    title: Title = "", price: Price = "", link: Link = "", image: Picture = "",
    filter: Filter = None, bought_within: BoughtWithin = None, out_of_stock: OutOfStock = False,
    language: Language = "en", bom: Bom = False, output: Output = None,
) -> None:  # fmt: skip
    """Export a few items for each customer, for an e-mail program.

    Each has a title, price, picture, link and reason; docs/mailings.md explains the columns. A
    file whose name ends in .gz is compressed.

    Example: lookalike mailing -c shop --link 'https://shop.example/p/{sku}' -o mailing.csv.gz
    """
    rows = server.recommender(collection).mailing(
        items, format=format, title=title, price=price, link=link, image=image, filter=filter,
        bought_within=bought_within, include_out_of_stock=out_of_stock,
        language=language, bom=bom, gzip=output is not None and output.suffix == ".gz",
    )  # fmt: skip
    save(rows, output)


@with_server
def erase(
    server: Server, user: User, collection: In, yes: Yes = False, wait: Wait = True,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Erase a customer's sales and recommendations.

    A new training run then removes what was learned from these sales.

    Example: lookalike erase CUSTOMER -c shop
    """
    confirm(f"Permanently erase customer {user} from {collection}?", yes=yes)

    def summarize(job: Job) -> str:
        rows = (job.result or {}).get("rows", 0)
        return f"{counted(rows, 'order line')} of {user} erased"

    job = follow(server.recommender(collection).erase(user), "erasing", "uploads", wait=wait)
    if warning := (job.result or {}).get("warning"):
        typer.echo(f"warning: {warning}", err=True)
    exit_with_summary(job, summarize, as_json=as_json)
