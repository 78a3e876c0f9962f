"""The first step of a reindex job: divides the items to embed into chunks.

The plan is a file of item keys, 32 characters each; a chunk reads only its own part of the file.
"""

from typing import Any

from core.jobs import Job, Outcome
from core.pipelines.fitting.choice import Choice, choose_encoder
from core.pipelines.item_cache import write_missing_cards
from core.pipelines.reindex.reconcile import Repair, repair
from core.pipelines.reindex.shadow_index import find_target, is_repair, prepare_index
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, VectorIndex

_KEY_LENGTH = 32


def plan(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Choose the encoder, create the index and write the plan: the keys of the items to embed.

    Raises:
        Conflict: another job is building an index of the collection, or the recipe that the job
            asks for cannot be fitted.
    """
    index, result = _target(job, services, heartbeat)
    if index is None:
        return Outcome(result=result)
    services.worker_registry.request_preload(index.encoder)
    repaired = _repair(job, services.collection(job), index, services, heartbeat)
    keys = repaired.missing
    services.files.write(plan_path(job), "".join(keys).encode())
    chunks = -(-len(keys) // services.chunk_size)
    result |= {"dropped": repaired.dropped, "corrected": repaired.corrected}
    return Outcome(chunks=chunks, total=len(keys), result=result)


def _target(
    job: Job, services: Services, heartbeat: Heartbeat
) -> tuple[VectorIndex | None, dict[str, Any]]:
    """Return the index to build, and what the choice of its encoder found."""
    collection = services.collection(job)
    if index := find_target(job, collection):
        services.vectors.create(index.name, index.encoder.dim)  # unless an earlier run did it
        return index, {}
    choice = choose_encoder(job, collection, services, heartbeat)
    return prepare_index(job, choice, services), _fit_result(choice)


def _repair(
    job: Job, collection: Collection, index: VectorIndex, services: Services, heartbeat: Heartbeat
) -> Repair:
    if not is_repair(job):
        return Repair(missing=list(services.items(collection).keys()))
    repaired = repair(collection, index, services, heartbeat)
    write_missing_cards(collection, services, heartbeat)
    return repaired


def _fit_result(choice: Choice) -> dict[str, Any]:
    if choice.attempt is None:
        return {}
    fit = choice.attempt.fit.model_dump(
        include={"sampled", "colour_weight", "same_image_before", "same_image_after"}
    )
    return {"fit": {"accepted": bool(choice.attempt.statistics), **fit}} | (
        {"refusal": choice.attempt.refusal} if choice.attempt.refusal else {}
    )


def planned_keys(job: Job, chunk: int, services: Services) -> list[str]:
    """Return the item keys of a chunk."""
    size = _KEY_LENGTH * services.chunk_size
    text = services.files.read_range(plan_path(job), (chunk - 1) * size, size).decode()
    return [text[start : start + _KEY_LENGTH] for start in range(0, len(text), _KEY_LENGTH)]


def plan_path(job: Job) -> str:
    """Return the path of a job's plan in the store."""
    return f"collections/{job.collection}/plans/{job.id}"
