"""The images of a collection, numbered by SKU and view, and their vectors."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Images:
    """The images of a collection; an image and an item are identified by their position.

    Images are sorted by SKU, then by view, so that the images of an item are neighbours.
    """

    skus: Sequence[str]
    """The SKU of each item (n)."""
    starts: Numbers
    """The first image of each item, and the number of all images (n + 1)."""
    views: Sequence[str]
    """The view of each image (m)."""
    digests: NDArray[np.uint64]
    """A hash of each image's vector (m)."""

    @cached_property
    def items(self) -> Numbers:
        """The item of each image (m)."""
        return np.repeat(np.arange(len(self.skus)), np.diff(self.starts))

    def of(self, items: Numbers) -> tuple[Numbers, Numbers]:
        """Return the images of some items, one item after the other, and where each begins."""
        counts = np.diff(self.starts)[items]
        begins = np.cumsum(counts) - counts
        images = np.repeat(self.starts[items] - begins, counts) + np.arange(counts.sum())
        return images, begins

    @cached_property
    def contents(self) -> dict[str, tuple[Sequence[str], bytes]]:
        """The views and the hashes of the vectors by SKU; equal items have equal contents."""
        bounds = zip(self.skus, self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)
        return {
            sku: (self.views[start:stop], self.digests[start:stop].tobytes())
            for sku, start, stop in bounds
        }


@dataclass(frozen=True)
class ImageVectors:
    """The images of a collection with their unit vectors (m, dim)."""

    images: Images
    vectors: Vectors


def collect_images(rows: Iterable[tuple[str, str, Vectors]]) -> ImageVectors:
    """Number the images; a row consists of SKU, view and unit vector.

    The vectors are in memory only once, since those of a large collection take up most of it.
    """
    keys, digests, data = list[tuple[str, str]](), list[int](), bytearray()
    for sku, view, vector in rows:
        keys.append((sku, view))
        digests.append(_digest(vector))
        data += vector.tobytes()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    vectors = np.frombuffer(data, dtype=np.float32).reshape(len(keys), -1 if keys else 1)
    _reorder(vectors, order)
    skus, starts = _group([keys[row][0] for row in order])
    views = [keys[row][1] for row in order]
    return ImageVectors(Images(skus, starts, views, np.array(digests, np.uint64)[order]), vectors)


def _digest(vector: Vectors) -> int:
    return int.from_bytes(hashlib.blake2b(vector.tobytes(), digest_size=8).digest())


def _reorder(rows: Vectors, order: Sequence[int]) -> None:
    """Replace each row by the row whose number `order` gives, in place, cycle by cycle."""
    pending = list(order)
    for first in range(len(pending)):
        saved, row = rows[first].copy(), first
        while (source := pending[row]) not in {first, row}:
            rows[row], pending[row] = rows[source], row
            row = source
        rows[row], pending[row] = saved, row


def _group(skus: Sequence[str]) -> tuple[list[str], Numbers]:
    """Return each SKU once, and where each begins in the sorted sequence, then its length."""
    starts = [n for n, sku in enumerate(skus) if n == 0 or sku != skus[n - 1]]
    return [skus[start] for start in starts], np.array([*starts, len(skus)], dtype=np.int64)
