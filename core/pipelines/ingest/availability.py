"""Sets the availabilities that a manifest gives, before any of its images is imported.

So an item has its availability as soon as it is shown.
"""

from collections.abc import Sequence

from core.item_availability import find_known, write_availability
from core.jobs import Job
from core.pipelines.services import Services
from core.storage import PlannedImage


def set_availability(
    job: Job, images: Sequence[PlannedImage], services: Services
) -> dict[str, int]:
    """Set availabilities, except what later requests have set; return fields of the job's result.

    Raises:
        NotFound: the collection was deleted meanwhile.
        Unavailable: the cache does not respond; the change may be repeated.
    """
    states = {image.sku: image.availability for image in images if image.availability}
    if not states:
        return {}
    new = {image.sku for image in images if image.has_image}
    collection, cache = services.collection(job), services.item_cache
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        if not waits_for_items(job, services):
            known = new | find_known(current, states.keys() - new, services, cache)
            states = {sku: state for sku, state in states.items() if sku in known}
        changed = write_availability(current, states, job.sequence, services, cache, check_lock)
    return {"availability_changed": changed}


def waits_for_items(job: Job, services: Services) -> bool:
    """Return whether an earlier upload may still add items that do not exist yet."""
    others = services.ledger.open_jobs_of(job.collection, job.kind)
    return any(other.sequence < job.sequence for other in others)
