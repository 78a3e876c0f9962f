"""Commits the images of a chunk: files first, then vectors, then item documents.

A search finds an item only after its document is written, so a crash at any point leaves either
all of an image or nothing; another worker then repeats the chunk.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from core.attributes import AttributeTypes, fit_attributes
from core.domain import ImageProblem
from core.jobs import IngestArgs, Job, Outcome
from core.jobs.locks import EnsureHeld
from core.pipelines.image_assessment import learn_seen_attributes
from core.pipelines.services import Heartbeat, Services
from core.pipelines.similar.cards import changes_vectors, show_updates
from core.pipelines.similar.requests import request_update
from core.pipelines.training_requests import request_training_after_change
from core.pipelines.vector_targets import VectorsByIndex
from core.storage import Collection, ItemChange, ItemImage, Items, ItemUpdate, PlannedImage
from core.vectors import VectorRow


class ChunkOutdated(Exception):
    """Raised before any write if a change of the collection requires embedding the chunk again.

    Either a vector index was added, or an item has lost an image that the chunk did not embed
    because the item still had it.
    """


@dataclass(frozen=True)
class EmbeddedImage:
    """An image with its bytes and vectors; the vectors are empty until the image is embedded."""

    planned: PlannedImage
    data: bytes
    image: ItemImage
    vectors: VectorsByIndex = field(default_factory=dict)


@dataclass(frozen=True)
class UnchangedImage:
    """An image that its item already has; `image` is None if only attributes were sent."""

    planned: PlannedImage
    image: ItemImage | None


def commit_chunk(
    job: Job,
    collection: Collection,
    embedded: Sequence[EmbeddedImage],
    unchanged: Sequence[UnchangedImage],
    services: Services,
    heartbeat: Heartbeat,
) -> Outcome:
    """Write the images and attributes of a chunk, except what later requests have replaced.

    Raises:
        ChunkOutdated: embed the chunk and commit again.
    """
    items = services.items(collection)
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        heartbeat()  # a worker that lost the step must not write: its images may be deleted
        types = _types(current, [*embedded, *unchanged], services, check_lock)
        updates = items.merge(_changes(job, embedded, unchanged, types))
        _check_up_to_date(current, embedded, updates)
        added = _added(embedded, updates)
        if any(map(changes_vectors, updates)):
            request_update(collection.name, services, at_once=False)
        check_lock()
        learn_seen_attributes(current, [update.after for update in updates], services)
        items.put_images((image.image.file, image.data) for image in added)
        if current.shadow_index:  # the definition may name the index before Milvus has it
            services.vectors.create(current.shadow_index.name, current.shadow_index.encoder.dim)
        for index in current.indexes:
            check_lock()
            _write_vectors(index.name, added, updates, services)
        items.write(_necessary(job, updates, services), check_lock)
        show_updates(collection.name, updates, services)
        _delete_dropped_images(updates, items, check_lock)
    if any(update.dropped_views for update in updates):  # the last step counts only added images
        request_training_after_change(collection, services)
    return _outcome(len(embedded) + len(unchanged), added, updates)


def _types(
    current: Collection,
    images: Iterable[EmbeddedImage | UnchangedImage],
    services: Services,
    check_lock: EnsureHeld,
) -> AttributeTypes:
    """Return the types of attributes; add those of items that did not exist for the plan."""
    known, values = current.attribute_types, dict[str, list[Any]]()
    for image in images:
        for name, value in (image.planned.attributes or {}).items():
            if name not in known and value is not None:
                values.setdefault(name, []).append(value)
    if not values:
        return known
    check_lock()
    return services.collections.learn_types(current.name, values)


def _changes(
    job: Job,
    embedded: Sequence[EmbeddedImage],
    unchanged: Sequence[UnchangedImage],
    types: AttributeTypes,
) -> list[ItemChange]:
    """Return one change per item; all images of an item have the same attributes.

    Fit the attributes to the current types, which may have changed since the plan was written.
    """
    by_sku: dict[str, list[EmbeddedImage | UnchangedImage]] = {}
    images: Iterable[EmbeddedImage | UnchangedImage] = chain(unchanged, embedded)
    for image in images:
        by_sku.setdefault(image.planned.sku, []).append(image)
    return [
        ItemChange(
            sku=sku,
            sequence=job.sequence,
            images={image.planned.view: image.image for image in images if image.image},
            attributes=fit_attributes(images[0].planned.attributes or {}, types),
            replaces_images=any(image.planned.replace and image.image for image in images),
            replaces_attributes=images[0].planned.replace,
        )
        for sku, images in by_sku.items()
    ]


def _check_up_to_date(
    current: Collection, embedded: Sequence[EmbeddedImage], updates: Sequence[ItemUpdate]
) -> None:
    indexes = {index.name for index in current.indexes}
    if not all(indexes <= image.vectors.keys() for image in embedded):
        raise ChunkOutdated
    new = {image.image for image in embedded}
    for update in updates:
        if any(update.adds(image) and image not in new for image in update.images):
            raise ChunkOutdated


def _added(embedded: Sequence[EmbeddedImage], updates: Sequence[ItemUpdate]) -> list[EmbeddedImage]:
    """Return the images that this commit adds to their items."""
    by_sku = {update.change.sku: update for update in updates}
    return [image for image in embedded if by_sku[image.planned.sku].adds(image.image)]


def _write_vectors(
    index: str, added: list[EmbeddedImage], updates: list[ItemUpdate], services: Services
) -> None:
    items = {update.change.sku: update.after for update in updates if update.after}
    for sku in [update.change.sku for update in updates if update.was_damaged]:
        services.vectors.delete(index, [sku])
    rows = [
        VectorRow(
            sku=image.planned.sku,
            view=image.planned.view,
            vector=image.vectors[index],
            attributes=items[image.planned.sku].attributes,
        )
        for image in added
    ]
    if rows:
        services.vectors.upsert(index, rows)
    changed = {update.change.sku for update in updates if update.attributes_changed}
    services.vectors.set_attributes(index, {sku: items[sku].attributes for sku in changed})
    for update in updates:
        if update.dropped_views:
            services.vectors.delete_views(index, update.change.sku, update.dropped_views)


def _necessary(job: Job, updates: list[ItemUpdate], services: Services) -> list[ItemUpdate]:
    """Omit updates that change only a version, unless an older request may still write to items."""
    upload = IngestArgs.model_validate(job.args).upload
    if services.uploads.has_others(upload) or services.ledger.has_bulk_jobs(job.collection):
        return updates
    return [update for update in updates if update.content_changed]


def _delete_dropped_images(updates: list[ItemUpdate], items: Items, check_lock: EnsureHeld) -> None:
    for update in updates:
        for image in update.dropped_images:
            check_lock()
            items.delete_image(image)
        if update.was_damaged:
            check_lock()
            items.delete_unused_images(update.change.sku)


def _problems(added: list[EmbeddedImage]) -> Counter[ImageProblem]:
    return Counter(problem for image in added for problem in image.image.problems or ())


def _outcome(images: int, added: list[EmbeddedImage], updates: list[ItemUpdate]) -> Outcome:
    return Outcome(
        done=len(added),
        skipped=images - len(added),
        updated=sum(update.own_attributes_changed for update in updates),
        image_problems=dict(_problems(added)),
    )
