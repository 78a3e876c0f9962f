"""Exports a mailing: a few recommendations for each customer, ready for an e-mail template."""

import json
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.dependencies import CollectionDep, ServicesDep
from api.schemas.mailing import (
    BomQuery,
    BoughtWithinQuery,
    GzipQuery,
    ItemsQuery,
    LanguageQuery,
    LinkQuery,
    PictureQuery,
    PriceQuery,
    TitleQuery,
)
from api.schemas.parameters import Filter, FormatQuery, IncludeQuery
from api.services.mailing import MailingReader, find_generation, find_start
from api.services.mailing_fields import parse_fields
from api.services.mailing_files import MailingFile
from api.services.selection import parse_options
from core.errors import InvalidInput
from core.rules import Placement
from core.serving.mailing import Mailing

router = APIRouter(prefix="/v1/collections/{c}/mailing", tags=["recommender"])

_CUSTOMER = "9e26471d35a78862c17e467d87cddedf"
_ITEM = {
    "sku": "B-7",
    "title": "Red dress",
    "price": 49.9,
    "image_url": "https://shop.example/img/B-7.jpg",
    "link": "https://shop.example/p/B-7",
    "reason": "Often bought together with Blue hat",
    "reason_kind": "bought_together",
    "reason_title": "Blue hat",
}
_HEAD = ",".join(["user", *(f"item_1_{name}" for name in _ITEM)])
_CSV = f"{_HEAD}\r\n{_CUSTOMER},{','.join(map(str, _ITEM.values()))}\r\n"
_EXAMPLES = {
    "text/csv": _CSV,
    "application/jsonl": json.dumps({"user": _CUSTOMER, "items": [_ITEM]}) + "\n",
    "application/gzip": "(one of these, compressed)",
}


@router.get(
    "",
    response_class=StreamingResponse,
    response_description="The mailing, one customer after another.",
    responses={200: {"content": {kind: {"example": text} for kind, text in _EXAMPLES.items()}}},
)
async def export_mailing(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    collection: CollectionDep,
    services: ServicesDep,
    request: Request,
    items: ItemsQuery = 4,
    format: FormatQuery = "csv",
    title: TitleQuery = None,
    price: PriceQuery = None,
    link: LinkQuery = None,
    image: PictureQuery = None,
    filter: Annotated[Filter, Query()] = None,
    include: IncludeQuery = None,
    bought_within: BoughtWithinQuery = None,
    language: LanguageQuery = "en",
    gzip: GzipQuery = False,
    bom: BomQuery = False,
) -> StreamingResponse:
    """Stream a row per customer: the first items of their list, as an e-mail shows them.

    The items are those that the customer's list shows now. Items without a title, a picture or a
    link are left out; popular items complete a list that is too short. A customer is the MD5 of an
    e-mail address; the address itself is never known here.
    """
    if bom and format != "csv":
        raise InvalidInput("bom: only a CSV file may start with a byte order mark; leave it out")
    generation = await find_generation(collection, services)
    fields = parse_fields(request, collection, title=title, price=price, link=link, image=image)
    since = await find_start(collection, generation, bought_within, services)
    options = await parse_options(
        collection.name, items, services, filter=filter, exclude="", include=include
    )
    rules = await services.rule_books.active(collection.name, Placement.LISTS)
    mailing = Mailing(fields, replace(options, rules=rules), language)
    reader = MailingReader(collection, generation, mailing, services, since)
    await reader.start()
    file = MailingFile(format, items, gzip, bom)
    name = f"{collection.name}-mailing.{file.extension}"
    return StreamingResponse(
        file.chunks(reader.rows()),
        media_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
