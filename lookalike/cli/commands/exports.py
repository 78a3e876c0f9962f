"""`lookalike lists|mailing`: exports of what is recommended to all customers."""

from typing import Annotated, Literal

import typer

from lookalike.cli.options import Filter, In, OutOfStock, Output, Server, with_server
from lookalike.cli.output.files import save

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
