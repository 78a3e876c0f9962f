"""Chooses the encoder whose vectors a reindex job builds, and fits its recipe if it is to."""

from dataclasses import dataclass

from core.domain import EncoderIdentity
from core.encoders.catalogue import describe, is_current
from core.errors import Conflict
from core.jobs import ChangeEncoderArgs, Job, JobKind, RebuildArgs
from core.pipelines.fitting.attempt import Attempt, fitted_identity, fixed_identity, try_fit
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection


@dataclass(frozen=True)
class Choice:
    """The encoder of a new index, or None if no index is to be built."""

    encoder: EncoderIdentity | None
    attempt: Attempt | None = None


def choose_encoder(
    job: Job, collection: Collection, services: Services, heartbeat: Heartbeat
) -> Choice:
    """Return the encoder of the index that the job builds.

    Raises:
        Conflict: the job asks for a fitted recipe, which cannot be had or would hurt.
    """
    if job.kind is JobKind.CHANGE_ENCODER:
        encoder = ChangeEncoderArgs.model_validate(job.args).encoder
        if is_current(collection.encoder, encoder):  # since an earlier job has changed it
            return Choice(None)
        if encoder.has_network_of(collection.encoder):  # only the preprocessing has changed
            return _choose_best(collection, services, heartbeat)
        return Choice(encoder)
    if job.kind is JobKind.FIT_RECIPE:
        return _fit_if_due(collection, services, heartbeat)
    return _choose_for_rebuild(job, collection, services, heartbeat)


def _fit_if_due(collection: Collection, services: Services, heartbeat: Heartbeat) -> Choice:
    items = services.items(collection)
    images = items.count()["images"]
    if not services.fitting.is_due(collection, images, items, services.vectors):
        return Choice(None)
    return _fit(collection, services, heartbeat)


def _fit(collection: Collection, services: Services, heartbeat: Heartbeat) -> Choice:
    attempt = try_fit(collection, services, heartbeat)
    accepted = fitted_identity(collection.encoder, attempt.fit)
    return Choice(accepted if attempt.statistics else None, attempt)


def _choose_for_rebuild(
    job: Job, collection: Collection, services: Services, heartbeat: Heartbeat
) -> Choice:
    match RebuildArgs.model_validate(job.args).recipe:
        case "parts-1":
            return Choice(fixed_identity(collection.encoder))
        case "fitted-1":
            choice = _fit(collection, services, heartbeat)
            if choice.attempt and choice.attempt.refusal:
                raise Conflict(f"the recipe cannot be fitted: {choice.attempt.refusal}")
            return choice
        case _:
            return _choose_best(collection, services, heartbeat)


def _choose_best(collection: Collection, services: Services, heartbeat: Heartbeat) -> Choice:
    """Return a fitted recipe if a fit is due and accepted, else the present recipe if it can be."""
    present = collection.encoder
    learned = present.statistics
    is_usable = describe(present.name).makes(present) and (
        services.statistics(collection).is_sound(learned) if learned else False
    )
    fit = _fit if learned and not is_usable else _fit_if_due
    choice = fit(collection, services, heartbeat)
    unfitted = present if is_usable else fixed_identity(present)
    return choice if choice.encoder else Choice(unfitted, choice.attempt)
