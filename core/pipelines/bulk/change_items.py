"""Sets attributes of all items that match a filter."""

from core.attributes import check_attributes, learn_and_read
from core.domain import Attributes
from core.errors import CoreError
from core.jobs import ChangeItemsArgs, Failure, Job, Outcome
from core.pipelines.bulk.writing import Batch, locked_batches, write_updates
from core.pipelines.services import Heartbeat, Services
from core.storage import ItemChange, ItemUpdate


def change_items(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Set attributes of the items that match the job's filter; in a dry run, only count the items.

    An item that would get too many attributes is a failure and stays as it is.

    Raises:
        InvalidInput: a value of the filter or of the attributes does not fit its type.
    """
    args = ChangeItemsArgs.model_validate(job.args)
    matched = changed = 0
    failures: list[Failure] = []
    for batch in locked_batches(job, services, heartbeat):
        attributes = _read_attributes(batch, args, services)
        updates = _updates(job, batch, args, attributes)
        fitting = [update for update in updates if _fits(update, failures)]
        matched += len(updates)
        changed += sum(update.content_changed for update in fitting)
        if not args.dry_run:
            write_updates(batch, fitting, services)
    return Outcome(
        done=changed,
        updated=0 if args.dry_run else changed,
        skipped=matched - changed - len(failures),
        failures=tuple(failures),
        total=matched,
        result={"dry_run": args.dry_run, "matched": matched, "changed": changed},
    )


def _read_attributes(batch: Batch, args: ChangeItemsArgs, services: Services) -> Attributes:
    """Return the attributes, read as their types; add the types of new ones to the collection."""
    types, attributes = learn_and_read(args.attributes, batch.collection.attribute_types)
    if not args.dry_run:
        services.collections.set_types(batch.collection.name, types)
    return attributes


def _updates(
    job: Job, batch: Batch, args: ChangeItemsArgs, attributes: Attributes
) -> list[ItemUpdate]:
    return batch.store.merge([
        ItemChange(item.sku, job.sequence, attributes=attributes)
        for item in batch.matching(args.filter)
    ])


def _fits(update: ItemUpdate, failures: list[Failure]) -> bool:
    """Return whether the attributes can be stored; otherwise, add a failure."""
    try:
        check_attributes(update.after.own_attributes if update.after else {})
    except CoreError as exc:
        sku = update.change.sku
        failures.append(Failure.from_error(exc, sku, sku=sku))
        return False
    return True
