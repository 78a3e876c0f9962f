"""An attempt to fit a recipe to the images of a collection, and the measurement that decides."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

import numpy as np

from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.encoders.encoder import Encoder, Features
from core.encoders.images.distortions import DISTORTIONS, distorted
from core.encoders.recipes.colour_weight import choose_colour_weight
from core.encoders.recipes.fitting import Statistics, fit_recipe
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.recipe_encoder import join_parts
from core.errors import Conflict
from core.pipelines.fitting.comparison import Comparison, found_first
from core.pipelines.fitting.embedding import Embedded, Embedding
from core.pipelines.fitting.sample import choose_images
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, RecipeFit

QUERIES = 100
"""Images whose distortions are searched for in the sample."""
FITTED, FIXED = "fitted-1", "parts-1"


@dataclass(frozen=True)
class Attempt:
    """The outcome of an attempt."""

    fit: RecipeFit
    statistics: bytes = b""
    """What was learned, if the fit was accepted."""
    refusal: str = ""
    """Why the fit was not accepted."""


def fixed_identity(encoder: EncoderIdentity) -> EncoderIdentity:
    """Return the identity of the same network with the recipe that learns nothing."""
    return describe(encoder.name).identity(encoder.weights, FIXED)


def fitted_identity(encoder: EncoderIdentity, fit_record: RecipeFit) -> EncoderIdentity:
    """Return the identity of the same network with the recipe as it was fitted."""
    fitted = describe(encoder.name).identity(encoder.weights, FITTED)
    return replace(fitted, statistics=fit_record.statistics, colour_weight=fit_record.colour_weight)


def try_fit(collection: Collection, services: Services, heartbeat: Heartbeat) -> Attempt:
    """Fit the recipe to a sample of the collection's images, and compare it with the present one.

    Raises:
        NotInstalled, Conflict: this worker lacks the weights of the encoder, or has other ones.
    """
    network = services.get_encoder(fixed_identity(collection.encoder))
    present = _open_present(collection.encoder, network, services)
    embedding = Embedding(collection, network, present, services, heartbeat)
    sample = embedding.embed_images(choose_images(collection, services), keep=QUERIES)
    fit_record = RecipeFit(
        at=datetime.now(UTC),
        weights=collection.encoder.weights,
        images=services.items(collection).count()["images"],
        sampled=len(sample.vectors),
    )
    if refusal := _too_few(len(sample.vectors), services):
        return Attempt(fit_record, refusal=refusal)
    statistics, colour_weight = _learn(collection.encoder, sample.features)
    fit_record = fit_record.model_copy(update={"colour_weight": colour_weight})
    heartbeat()
    fitted = fitted_identity(collection.encoder, fit_record)
    comparison = _compare(statistics, fitted, sample, embedding)
    return _judge(comparison, statistics, fit_record)


def _open_present(encoder: EncoderIdentity, network: Encoder, services: Services) -> Encoder:
    """Return the collection's encoder, or that of the fixed recipe if it cannot be had any more.

    Its statistics may be lost, or its preprocessing may have changed.
    """
    try:
        return services.get_encoder(encoder)
    except Conflict:  # not because of the weights, which the network has
        return network


def _too_few(images: int, services: Services) -> str:
    needed = max(services.fitting.min_images, 2)
    if images >= needed:
        return ""
    return (
        f"the collection has {images:,} different images; at least {needed:,} are needed "
        "(LOOKALIKE_JOBS__FIT_MIN_IMAGES)"
    )


def _learn(encoder: EncoderIdentity, features: Features) -> tuple[Statistics, float]:
    """Return the statistics and the weight of colour that suit these images."""
    description = describe(encoder.name)
    statistics = fit_recipe(description, features)
    fitted = description.identity(encoder.weights, FITTED)
    return statistics, choose_colour_weight(features, statistics, fitted)


def _compare(
    statistics: Statistics, encoder: EncoderIdentity, sample: Embedded, embedding: Embedding
) -> Comparison:
    queries = embedding.embed_files(chain.from_iterable(map(distorted, embedding.copies)))
    originals = np.repeat(np.arange(len(embedding.copies)), len(DISTORTIONS))
    layout = layout_of(encoder)
    after = [join_parts(statistics.apply(x.features), layout) for x in (queries, sample)]
    return Comparison(
        before=found_first(queries.vectors, sample.vectors, originals),
        after=found_first(after[0], after[1], originals),
    )


def _judge(comparison: Comparison, statistics: Statistics, record: RecipeFit) -> Attempt:
    before, after = comparison.shares
    figures: dict[str, object] = {
        "same_image_before": round(before, 4),
        "same_image_after": round(after, 4),
    }
    if not comparison.hurts:
        data = statistics.to_bytes()
        digest = {"statistics": hashlib.sha256(data).hexdigest()}
        return Attempt(record.model_copy(update=figures | digest), data)
    refusal = (
        f"the fitted recipe finds the original of a distorted image first in {after:.1%} of "
        f"{len(comparison.after)} tries, the present one in {before:.1%}"
    )
    return Attempt(record.model_copy(update=figures), refusal=refusal)
