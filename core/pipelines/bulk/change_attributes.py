"""Changes the types of attributes, and reads the values of all items again."""

from dataclasses import replace

from core.attributes import AttributeTypes, read_attributes
from core.domain import Attributes
from core.errors import InvalidInput
from core.jobs import ChangeAttributesArgs, Failure, Job, Outcome
from core.pipelines.bulk.writing import locked_batches, write_updates
from core.pipelines.services import Heartbeat, Services
from core.storage import Item, ItemChange, ItemUpdate


def change_attributes(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Set the types; a value that does not fit its new type is kept, and counts as a failure.

    Raises:
        InvalidInput: the collection is now grouped by an attribute that may not have its new type.
    """
    types = ChangeAttributesArgs.model_validate(job.args).types
    with services.locks.exclusive(job.collection) as check_lock:
        check_lock()
        services.collection(job).check_new_types(types)
        services.collections.set_types(job.collection, types)
    checked = changed = 0
    failures: list[Failure] = []
    for batch in locked_batches(job, services, heartbeat):
        updates = [_update(job, item, types, failures) for item in batch.items]
        write_updates(batch, updates, services)
        checked += len(updates)
        changed += sum(update.content_changed for update in updates)
    return Outcome(
        done=changed,
        updated=changed,
        skipped=max(0, checked - changed - len(failures)),
        failures=tuple(failures),
        total=checked,
        result={"changed": changed, "unfit": len(failures)},
    )


def _update(job: Job, item: Item, types: AttributeTypes, failures: list[Failure]) -> ItemUpdate:
    """Return the item with its values read as these types; the values keep their versions."""
    attributes = item.attributes | _read(item, types, failures)
    after = item.model_copy(update={"attributes": attributes})
    update = ItemUpdate(ItemChange(item.sku, job.sequence), before=item, after=after)
    return update if update.content_changed else replace(update, after=item)


def _read(item: Item, types: AttributeTypes, failures: list[Failure]) -> Attributes:
    read: Attributes = {}
    for name in item.attributes.keys() & types.keys():
        try:
            read |= read_attributes({name: item.attributes[name]}, types)
        except InvalidInput as exc:
            failures.append(Failure.from_error(exc, item.sku, sku=item.sku))
    return read
