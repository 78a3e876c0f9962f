"""Tells which imported images are the same file as an image of another item."""

from collections.abc import Iterable, Iterator
from itertools import count

from core.errors import NotFound
from core.jobs import Job
from core.pipelines.ingest.chunk import load_chunk
from core.pipelines.services import Services

_EXAMPLES = 20


def warn_of_shared_images(collection: str, skus: Iterable[str], services: Services) -> list[str]:
    """Return a warning if images of these items are also images of others."""
    pairs = services.item_cache.shared_images(collection, dict.fromkeys(skus))
    if not pairs:
        return []
    examples = ", ".join(f"{first!r} and {second!r}" for first, second in pairs[:_EXAMPLES])
    more = ", ..." if len(pairs) > _EXAMPLES else ""
    number = f"{len(pairs):,} pairs of items have" if len(pairs) > 1 else "Two items have"
    return [f"{number} the same picture: {examples}{more}."]


def imported_skus(job: Job, services: Services) -> Iterator[str]:
    """Yield the SKUs of the job's images; there are none if the upload was deleted."""
    for number in count(1):
        try:
            chunk = load_chunk(job, number, services)
        except NotFound:
            return
        yield from (image.sku for image in chunk.images.values())
