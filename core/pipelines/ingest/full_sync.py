"""Deletes the items that an upload of the whole catalogue does not contain.

The planning step counts these items, and refuses an upload that lacks too many; the last step
deletes them, once all images are ingested. If it is unclear to which item a failed file or row
belongs, nothing is deleted, since it may belong to any item.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.errors import Conflict
from core.jobs import Failure, IngestArgs, Job
from core.pipelines.bulk.writing import locked_batches, write_updates
from core.pipelines.services import Services, no_heartbeat
from core.storage import Collection, ItemChange, PlannedImage
from core.storage.item import item_key

_EXAMPLES = 10


@dataclass(frozen=True)
class Missing:
    """The items that an upload does not contain, by the keys of their documents."""

    keys: list[str]
    total: int
    """The number of all items of the collection."""
    allowed_share: float

    @property
    def is_too_many(self) -> bool:
        """Whether more items are missing than may be deleted without confirmation."""
        return len(self.keys) > self.allowed_share * self.total

    def __str__(self) -> str:
        """Return a sentence with the numbers."""
        return (
            f"the upload lacks {len(self.keys):,} of the collection's {self.total:,} items "
            f"({len(self.keys) / max(1, self.total):.0%}); {self.allowed_share:.0%} may be deleted "
            "without confirmation"
        )


def plan_deletions(
    job: Job, images: Iterable[PlannedImage], failures: list[Failure], services: Services
) -> tuple[dict[str, Any], list[str]]:
    """Remember the items that the upload contains; return result fields and warnings.

    Raises:
        Conflict: the upload lacks more items than may be deleted without confirmation.
    """
    args = IngestArgs.model_validate(job.args)
    unknown = sum(failure.sku is None for failure in failures)
    if unknown:
        return {}, [
            f"No item will be deleted, because {unknown:,} of the failed files and rows "
            "do not tell which item they belong to."
        ]
    skus = {image.sku for image in images} | {failure.sku for failure in failures if failure.sku}
    collection = services.collection(job)
    missing = _find_missing(collection, map(item_key, skus), args, services)
    if missing.is_too_many and not args.dry_run:
        raise Conflict(
            f"{missing}. Nothing was imported or deleted. Check whether the upload is complete; "
            "to delete the missing items, send the upload again and confirm that (parameter "
            "max_deleted_share=1)"
        )
    if not args.dry_run:
        services.uploads.write_names(args.upload, job.id, sorted(skus))
    examples = services.items(collection).by_keys(missing.keys[:_EXAMPLES])
    fields = {"missing": len(missing.keys), "missing_examples": [item.sku for item in examples]}
    return fields, [f"Too many items are missing: {missing}."] if missing.is_too_many else []


def delete_missing(job: Job, services: Services) -> dict[str, Any]:
    """Delete the items that the upload does not contain; return fields of the job's result."""
    args = IngestArgs.model_validate(job.args)
    skus = services.uploads.find_names(args.upload, job.id)
    if skus is None:
        return {}
    missing = _find_missing(services.collection(job), map(item_key, skus), args, services)
    if missing.is_too_many:  # items of earlier requests have come in meanwhile
        return {"deleted": 0, "warning": f"Nothing was deleted: {missing}."}
    deleted = 0
    for batch in locked_batches(job, services, no_heartbeat, missing.keys):
        changes = [ItemChange.deletion(item.sku, job.sequence) for item in batch.items]
        updates = batch.store.merge(changes)
        write_updates(batch, updates, services)
        deleted += sum(update.deletes for update in updates)
    return {"deleted": deleted}


def _find_missing(
    collection: Collection, keys: Iterable[str], args: IngestArgs, services: Services
) -> Missing:
    stored = list(services.items(collection).keys())
    contained = set(keys)
    share = args.max_deleted_share
    return Missing(
        keys=[key for key in stored if key not in contained],
        total=len(stored),
        allowed_share=services.limits.max_deleted_share if share is None else share,
    )
