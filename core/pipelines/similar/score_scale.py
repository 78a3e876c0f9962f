"""Keeps the score scale of a collection current; fits are rare, since each takes some seconds."""

import logging
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from core.encoders.encoder import Encoder
from core.encoders.images.distortions import DISTORTIONS, distorted
from core.encoders.images.preprocessing import decode_for
from core.encoders.images.thumbnails import thumbnail
from core.errors import CoreError, NotFound, Unavailable
from core.pipelines.services import Heartbeat, Services
from core.score_scale import ScoreScale
from core.similar import ImageVectors, fit_scale, label
from core.similar.images import Vectors
from core.storage import Collection

log = logging.getLogger(__name__)

MIN_IMAGES = 32
"""Fewer images say too little about scores."""
_GROWTH = 4


def refresh_scale(
    collection: Collection, images: ImageVectors, services: Services, heartbeat: Heartbeat
) -> ScoreScale | None:
    """Fit and store the scale if there is none for these vectors, or their number changed a lot.

    Return the scale; None if the collection is too small, or its encoder cannot run here.

    Raises:
        Unavailable: the store does not respond.
    """
    store = services.score_scale(collection)
    current = store.current()
    if current and not _is_outdated(current, collection.index_name, len(images.vectors)):
        return current
    if len(images.images.skus) < MIN_IMAGES:
        return None
    sample = list(_sample(collection, images, services))
    if not sample:
        return None
    try:
        encoder = services.get_encoder(collection.encoder)
        queries = [_distorted(data, encoder, services, heartbeat) for _, data in sample]
    except Unavailable:
        raise
    except CoreError as exc:
        log.warning("collection %s: scores have no scale: %s", collection.name, exc.detail)
        return None
    originals = np.repeat([number for number, _ in sample], len(DISTORTIONS))
    labelled = label(images, originals, np.concatenate(queries))
    scale = fit_scale(collection.index_name, images, labelled)
    store.write(scale)
    return scale


def _is_outdated(scale: ScoreScale, index: str, images: int) -> bool:
    is_other = scale.index != index
    return is_other or not scale.images / _GROWTH < images < scale.images * _GROWTH


def _distorted(data: bytes, encoder: Encoder, services: Services, heartbeat: Heartbeat) -> Vectors:
    """Return the vectors of an image with each distortion (n, dim)."""
    heartbeat()
    max_megapixels = services.limits.max_megapixels
    small = thumbnail(data, 2 * encoder.side, max_megapixels)
    pixels = [decode_for(encoder, file, max_megapixels).pixels for file in distorted(small)]
    return encoder.encode(np.stack(pixels))


def _sample(
    collection: Collection, images: ImageVectors, services: Services
) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers and files of some images, spread evenly; those that are gone are left out.

    Raises:
        Unavailable: the store does not respond.
    """
    known, items = images.images, services.items(collection)
    count = len(known.views)
    size = min(services.scale_images, count)
    numbers = np.unique(np.linspace(0, count - 1, size).astype(np.int64)).tolist()
    skus = [known.skus[item] for item in known.items[numbers].tolist()]
    documents = items.find(set(skus))
    for number, sku in zip(numbers, skus, strict=True):
        with suppress(NotFound):
            if sku in documents:
                yield number, items.read_image(documents[sku].image(known.views[number]))
