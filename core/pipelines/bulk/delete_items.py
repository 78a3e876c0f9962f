"""Deletes all items that match a filter."""

from core.jobs import DeleteItemsArgs, Job, Outcome
from core.pipelines.bulk.writing import locked_batches, write_updates
from core.pipelines.services import Heartbeat, Services
from core.storage import ItemChange


def delete_items(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Delete the items that match the job's filter; in a dry run, only count them.

    Raises:
        InvalidInput: a value of the filter does not fit its attribute's type.
    """
    args = DeleteItemsArgs.model_validate(job.args)
    matched = deleted = 0
    for batch in locked_batches(job, services, heartbeat):
        updates = batch.store.merge([
            ItemChange.deletion(item.sku, job.sequence) for item in batch.matching(args.filter)
        ])
        matched += len(updates)
        deleted += sum(update.deletes for update in updates)
        if not args.dry_run:
            write_updates(batch, updates, services)
    return Outcome(
        done=deleted,
        skipped=matched - deleted,
        total=matched,
        result={"dry_run": args.dry_run, "matched": matched, "deleted": deleted},
    )
