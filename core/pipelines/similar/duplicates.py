"""Finds duplicates among the nearest items: by details of the pictures, and by what scores mean.

Results of comparisons are kept, so that an update compares only images that are new.
"""

import io
import logging
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from core.batching import batched
from core.domain import ImageProblem
from core.duplicates import DuplicateKind, Duplicates
from core.encoders.images.local_features import LocalFeatures, local_features
from core.encoders.images.picture_match import PictureMatch, match_pictures
from core.encoders.recipes.layout import layout_of
from core.errors import CoreError, Unavailable
from core.pipelines.services import Heartbeat, Services
from core.pipelines.similar.duplicate_kinds import EQUAL, Chosen, classify
from core.pipelines.similar.import_priority import give_way
from core.score_scale import ScoreScale
from core.similar import ImageVectors, SimilarLists
from core.similar.images import Images, Numbers
from core.similar.pairs import Pairs, group, nearest_pairs
from core.storage import Collection

log = logging.getLogger(__name__)

_NEAREST = 10
COMPARED = 2
"""Of so many nearest items, the pictures are compared."""
_REMEMBERED = 16_000  # images whose details are in memory, about 26 kB each
_BATCH = 64
_THREADS = 2
_NO_PRODUCT = frozenset({ImageProblem.PLACEHOLDER, ImageProblem.TEXT_ONLY})

Compared = dict[int, int]
"""The `PictureMatch` of each pair, by its digest."""


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
        Unavailable: the store or Redis does not respond, or Redis has lost items.
    """
    store = services.duplicates(collection)
    pairs = nearest_pairs(lists, images, _NEAREST)
    known = _parse(store.compared())
    compared = _compare(collection, pairs, images.images, known, services, heartbeat)
    matches = _look_up(compared, pairs.digests(images.images))
    kinds = classify(pairs, matches, images.vectors, layout_of(collection.encoder), scale)
    shows_product = _show_product(collection, images.images, services)
    both_show = shows_product[pairs.first] & shows_product[pairs.second]
    for kind in (DuplicateKind.SAME_PRODUCT, DuplicateKind.VARIANTS):
        kinds[kind] &= both_show
    groups = (group(kind, pairs.only(chosen), images.images) for kind, chosen in kinds.items())
    store.write(
        Duplicates(found_at=datetime.now(UTC), groups=tuple(chain.from_iterable(groups))),
        _format(compared),
    )


def _show_product(collection: Collection, images: Images, services: Services) -> Chosen:
    """Return which images (m) show a product: placeholders have no shape to compare."""
    indexed = services.item_cache.images(collection.name)
    if indexed is None:
        raise Unavailable("the cache has lost images of items; they will be written again")
    others = {
        (image.sku, image.view)
        for image in indexed
        if not _NO_PRODUCT.isdisjoint(image.problems or ())
    }
    skus = (images.skus[item] for item in images.items.tolist())
    return np.array([key not in others for key in zip(skus, images.views, strict=True)], bool)


def _compare(
    collection: Collection,
    pairs: Pairs,
    images: Images,
    known: Compared,
    services: Services,
    heartbeat: Heartbeat,
) -> Compared:
    """Return what the nearest pairs have in common, of new pairs by looking at the images."""
    nearest = pairs.only((pairs.ranks < COMPARED) & (pairs.scores < EQUAL)).towards_frequent()
    digests = nearest.digests(images).tolist()
    both = zip(digests, nearest.first.tolist(), nearest.second.tolist(), strict=True)
    new = [pair for pair in both if pair[0] not in known]
    compared = {digest: known[digest] for digest in digests if digest in known}
    mirrored = frozenset(pair[2] for pair in new)
    details = lru_cache(_REMEMBERED)(_Reader(collection, images, mirrored, services).details)

    def match(pair: tuple[int, int, int]) -> PictureMatch:
        first, second = details(pair[1]), details(pair[2])
        return match_pictures(first, second) if first and second else PictureMatch.NONE

    with ThreadPoolExecutor(_THREADS, initializer=give_way) as pool:
        for batch in batched(new, _BATCH):
            heartbeat()
            compared |= zip([pair[0] for pair in batch], pool.map(match, batch), strict=True)
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
    matches = [compared.get(digest, PictureMatch.NONE) for digest in digests.tolist()]
    return np.array(matches, dtype=np.int64)


def _parse(data: bytes | None) -> Compared:
    """Return earlier results; none if their file is missing or damaged."""
    try:
        with np.load(io.BytesIO(data or b""), allow_pickle=False) as file:
            return dict(zip(file["digests"].tolist(), file["matches"].tolist(), strict=True))
    except Exception:  # noqa: BLE001 - zipfile, zlib and NumPy raise many kinds of errors
        return {}


def _format(compared: Compared) -> bytes:
    file = io.BytesIO()
    digests = np.array([*compared], dtype=np.uint64)
    np.savez(file, digests=digests, matches=np.array([*compared.values()], dtype=np.uint8))
    return file.getvalue()
