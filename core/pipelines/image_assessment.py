"""Keeps what is seen in images: what is wrong with them, and the colours of the products."""

from collections.abc import Iterable

from core.attributes import AttributeType
from core.domain import SEEN_COLOUR
from core.encoders.images.colour_tags import colour_tags
from core.encoders.images.health import find_problems
from core.encoders.images.preprocessing import EncoderInput
from core.pipelines.services import Services
from core.storage import Collection, Item, ItemImage


def assess(image: ItemImage, decoded: EncoderInput) -> ItemImage:
    """Return the image with what is wrong with it, and with the product's colours."""
    problems = find_problems(decoded.pixels, width=decoded.width, height=decoded.height)
    return image.model_copy(update={"problems": problems, "colours": colour_tags(decoded.pixels)})


def learn_seen_attributes(
    collection: Collection, items: Iterable[Item | None], services: Services
) -> None:
    """Give the attributes that are seen in images their types, once an item has them.

    Callers hold the collection's lock.
    """
    if SEEN_COLOUR not in collection.attribute_types and any(
        item is not None and SEEN_COLOUR in item.attributes for item in items
    ):
        services.collections.set_types(collection.name, {SEEN_COLOUR: AttributeType.LIST})
