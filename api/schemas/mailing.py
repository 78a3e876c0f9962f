"""Parameters of a mailing."""

from typing import Annotated

from fastapi import Query

from core.serving.mail_words import Language

ItemsQuery = Annotated[
    int, Query(ge=1, le=20, description="Number of items for each customer.", examples=[4])
]
TitleQuery = Annotated[
    str | None,
    Query(
        description="Attribute with the items' titles; default: `name`, else `title` or a synonym.",
        examples=["name"],
    ),
]
PriceQuery = Annotated[
    str | None,
    Query(
        description="Attribute with the items' prices; default: `price` if there is one.",
        examples=["price"],
    ),
]
LinkQuery = Annotated[
    str | None,
    Query(
        description="Address of an item's page, with `{sku}` in place of the SKU, or the attribute "
        "that contains it; default: `link`, else `url`.",
        examples=["https://shop.example/p/{sku}"],
    ),
]
PictureQuery = Annotated[
    str | None,
    Query(
        description="Address of an item's picture, in the same two ways; default: this server's "
        "picture, if the request names the server by an address that others can open.",
        examples=["https://shop.example/img/{sku}.jpg"],
    ),
]
BoughtWithinQuery = Annotated[
    int | None,
    Query(
        ge=1,
        le=36_500,
        description="Only customers who bought something in so many days before the newest order.",
        examples=[90],
    ),
]
GzipQuery = Annotated[
    bool, Query(description="Whether to compress the file with gzip.", examples=[False])
]
LanguageQuery = Annotated[Language, Query(description="Language of the reasons.", examples=["de"])]
BomQuery = Annotated[
    bool,
    Query(
        description="Whether the CSV file starts with a byte order mark, without which Excel takes "
        "its letters for those of another encoding.",
        examples=[False],
    ),
]
