"""The pictures of a training report's page, which contains them."""

import base64
from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.report.page import Picture
from api.services.visibility import find_unavailable, sees_hidden
from core.domain import Availability
from core.errors import CoreError
from core.recommender.training_report import TrainingReport
from core.serving.usual_attributes import TITLES, usual_attribute
from core.storage import Collection, Item

_SIZE = 160


async def read_pictures(
    report: TrainingReport, collection: Collection, services: Services
) -> dict[str, Picture]:
    """Return the pictures of all items that the report names, by SKU.

    Items that were deleted, are hidden from the current key or cannot be read are left out.
    """
    items = await run_in_threadpool(_find, [*dict.fromkeys(_named(report))], collection, services)
    pictures = {item.sku: await _picture(item, collection, services) for item in items}
    return {sku: picture for sku, picture in pictures.items() if picture}


def _named(report: TrainingReport) -> Iterator[str]:
    for example in report.summary.examples:
        yield from (*example.recommended, *example.bought)
    if report.catalogue:
        yield from report.catalogue.unseen


def _find(skus: list[str], collection: Collection, services: Services) -> list[Item]:
    states = {} if sees_hidden() else find_unavailable(skus, collection, services)
    seen = [sku for sku in skus if states.get(sku) is not Availability.HIDDEN]
    return [item for item in services.items(collection).find(seen).values() if item.images]


async def _picture(item: Item, collection: Collection, services: Services) -> Picture | None:
    items = services.items(collection)
    try:
        jpeg = await services.thumbnails.get(items, item.image(None), _SIZE)
    except CoreError:  # the file is damaged or lost; the page does without
        return None
    title = usual_attribute(TITLES, item.attributes)
    name = str(item.attributes[title]) if title else ""
    return Picture(name or item.sku, f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}")
