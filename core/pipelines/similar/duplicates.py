"""Finds duplicates among the nearest items: by details of the pictures, and by what scores mean.

Results of comparisons are kept, so that an update compares only images that are new.
"""

import io
import logging
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.batching import batched
from core.duplicates import DuplicateGroup, DuplicateKind, Duplicates
from core.encoders.images.local_features import (
    SAME_PICTURE,
    LocalFeatures,
    local_features,
    shared_details,
)
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.scaling import part_cosines
from core.errors import CoreError, Unavailable
from core.pipelines.services import Heartbeat, Services
from core.pipelines.similar.import_priority import give_way
from core.score_scale import ScoreScale
from core.similar import ImageVectors, SimilarLists
from core.similar.images import Images, Numbers
from core.similar.pairs import Pairs, group, nearest_pairs, vectors_of
from core.storage import Collection

log = logging.getLogger(__name__)

_NEAREST = 10
COMPARED = 2
"""Of so many nearest items, the pictures are compared."""
_EQUAL = 0.999995  # scores are rounded to millionths
_PROBABLE = 0.9
_OTHER_COLOUR = 0.6
"""Below this, the colour parts of two products are different (docs/encoders.md says how often)."""
_REMEMBERED = 16_000  # images whose details are in memory, about 24 kB each
_BATCH = 64
_THREADS = 2

Compared = dict[int, int]
"""The number of shared details, by the digest of a pair."""


def refresh_duplicates(
    collection: Collection,
    lists: SimilarLists,
    images: ImageVectors,
    scale: ScoreScale | None,
    services: Services,
    heartbeat: Heartbeat,
) -> None:
    """Find the duplicates among the items of these lists, and store them.

    Raises:
        Unavailable: the store does not respond.
    """
    store = services.duplicates(collection)
    pairs = nearest_pairs(lists, images, _NEAREST)
    known = _parse(store.compared())
    compared = _compare(collection, pairs, images.images, known, services, heartbeat)
    shared = _look_up(compared, pairs.digests(images.images))
    is_same = (shared >= SAME_PICTURE) | (pairs.scores >= _EQUAL)
    groups = group(DuplicateKind.SAME_PICTURE, pairs.only(is_same), images.images)
    if scale:
        groups += _by_score(collection, pairs.only(~is_same), images, scale)
    store.write(Duplicates(found_at=datetime.now(UTC), groups=tuple(groups)), _format(compared))


def _by_score(
    collection: Collection, pairs: Pairs, images: ImageVectors, scale: ScoreScale
) -> list[DuplicateGroup]:
    shape, colour = _shape_and_colour(collection, pairs, images)
    is_other = colour < _OTHER_COLOUR
    is_product = _probabilities(pairs.scores, scale) >= _PROBABLE
    is_variant = is_other & (_probabilities(shape, scale) >= _PROBABLE)
    known = images.images
    return [
        *group(DuplicateKind.SAME_PRODUCT, pairs.only(is_product & ~is_other), known),
        *group(DuplicateKind.VARIANTS, pairs.only(is_variant), known),
    ]


def _probabilities(scores: NDArray[np.float64], scale: ScoreScale) -> NDArray[np.float64]:
    return np.array([scale.meaning(score).same for score in scores.tolist()])


def _shape_and_colour(
    collection: Collection, pairs: Pairs, images: ImageVectors
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of pairs without colour, and the cosines of their colours, if known."""
    layout = layout_of(collection.encoder)
    shape, colour = pairs.scores.copy(), np.ones(len(pairs))
    if (weight := layout.weights.get("colour")) is not None:
        for rows, first, second in vectors_of(pairs, images.vectors):
            colour[rows] = part_cosines(first, second, layout)["colour"]
        shape = (pairs.scores - weight * colour) / (1 - weight)
    return np.clip(shape, 0, 1), colour


def _compare(
    collection: Collection,
    pairs: Pairs,
    images: Images,
    known: Compared,
    services: Services,
    heartbeat: Heartbeat,
) -> Compared:
    """Return how many details the nearest pairs share, of new pairs by looking at the images."""
    nearest = pairs.only((pairs.ranks < COMPARED) & (pairs.scores < _EQUAL)).towards_frequent()
    digests = nearest.digests(images).tolist()
    both = zip(digests, nearest.first.tolist(), nearest.second.tolist(), strict=True)
    new = [pair for pair in both if pair[0] not in known]
    compared = {digest: known[digest] for digest in digests if digest in known}
    mirrored = frozenset(pair[2] for pair in new)
    details = lru_cache(_REMEMBERED)(_Reader(collection, images, mirrored, services).details)

    def count(pair: tuple[int, int, int]) -> int:
        first, second = details(pair[1]), details(pair[2])
        return shared_details(first, second) if first and second else 0

    with ThreadPoolExecutor(_THREADS, initializer=give_way) as pool:
        for batch in batched(new, _BATCH):
            heartbeat()
            compared |= zip([pair[0] for pair in batch], pool.map(count, batch), strict=True)
    return compared


class _Reader:
    def __init__(
        self, collection: Collection, images: Images, mirrored: Set[int], services: Services
    ) -> None:
        self._items, self._images, self._mirrored = services.items(collection), images, mirrored
        self._max_megapixels = services.limits.max_megapixels
        self._owners: Sequence[int] = images.items.tolist()

    def details(self, image: int) -> LocalFeatures | None:
        """Return the details of an image; None if it is gone or unreadable."""
        try:
            item = self._items.get(self._images.skus[self._owners[image]])
            data = self._items.read_image(item.image(self._images.views[image]))
            is_mirrored = image in self._mirrored
            return local_features(data, self._max_megapixels, mirrored=is_mirrored)
        except Unavailable:
            raise
        except CoreError as exc:
            log.info("an image is not compared: %s", exc.detail)
            return None


def _look_up(compared: Compared, digests: NDArray[np.uint64]) -> Numbers:
    return np.array([compared.get(digest, 0) for digest in digests.tolist()], dtype=np.int64)


def _parse(data: bytes | None) -> Compared:
    """Return earlier results; none if their file is missing or damaged."""
    try:
        with np.load(io.BytesIO(data or b""), allow_pickle=False) as file:
            return dict(zip(file["digests"].tolist(), file["shared"].tolist(), strict=True))
    except Exception:  # noqa: BLE001 - zipfile, zlib and NumPy raise many kinds of errors
        return {}


def _format(compared: Compared) -> bytes:
    file = io.BytesIO()
    digests = np.array([*compared], dtype=np.uint64)
    np.savez(file, digests=digests, shared=np.array([*compared.values()], dtype=np.int64))
    return file.getvalue()
