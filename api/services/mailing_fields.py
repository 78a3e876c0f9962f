"""Parses where a mailing finds the titles, prices, links and pictures of items."""

import ipaddress
from collections.abc import Sequence
from contextlib import suppress

from fastapi import Request

from api.services.at_most import check_single_valued
from api.services.urls import image_url
from core.attributes import AttributeTypes
from core.errors import InvalidInput
from core.serving.mailing import MailFields, UrlOf, url_from
from core.serving.usual_attributes import PRICES, TITLES, usual_attribute
from core.storage import Collection

_LINKS = ("link", "url")
_DAYS = 90
"""E-mails are opened weeks after they were sent."""
_NOT_PUBLIC = (
    "image: nobody else can open pictures at {!r}; send the address of your own pictures, such as "
    "image=https://shop.example/img/{{sku}}.jpg, or the attribute that contains it, or request the "
    "mailing at this server's public address"
)


def parse_fields(
    request: Request,
    collection: Collection,
    *,
    title: str | None,
    price: str | None,
    link: str | None,
    image: str | None,
) -> MailFields:
    """Return where the mailing finds what it shows.

    Raises:
        InvalidInput: an attribute does not exist, an address is none, or one is missing that has
            no default here.
    """
    types = collection.attribute_types
    title = _named("title", title, types) or usual_attribute(TITLES, types)
    link = _source("link", link, types) or usual_attribute(_LINKS, types)
    if title is None:
        raise InvalidInput(_missing("title", TITLES[:2], "title=ATTRIBUTE"))
    if link is None:
        raise InvalidInput(_missing("link", _LINKS, "link=https://shop.example/p/{sku}"))
    return MailFields(
        title=title,
        price=_named("price", price, types) or usual_attribute(PRICES, types),
        link_of=url_from(link),
        image_url_of=_image_url_of(request, collection, _source("image", image, types)),
    )


def _image_url_of(request: Request, collection: Collection, source: str | None) -> UrlOf:
    if source:
        return url_from(source)
    if _is_loopback(request.url.hostname or ""):
        raise InvalidInput(_NOT_PUBLIC.format(request.url.netloc))
    server = f"{request.url.scheme}://{request.url.netloc}"
    return lambda sku, _: server + image_url(request, collection.name, sku, days=_DAYS)


def _named(parameter: str, name: str | None, types: AttributeTypes) -> str | None:
    if name:
        check_single_valued(parameter, name, types)
    return name or None


def _source(parameter: str, source: str | None, types: AttributeTypes) -> str | None:
    """Return a template of addresses, or an attribute that contains them."""
    if source and "{sku}" in source:
        if not source.lower().startswith(("https://", "http://")):
            raise InvalidInput(f"{parameter}: {source[:80]!r} must start with https://")
        return source
    if source and "://" in source:
        raise InvalidInput(f"{parameter}: put {{sku}} into {source[:80]!r}, where the SKU belongs")
    return _named(parameter, source, types)


def _missing(parameter: str, names: Sequence[str], example: str) -> str:
    known = " or ".join(f"`{name}`" for name in names)
    return f"{parameter}: no item has an attribute {known}; say where it is, such as {example}"


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
