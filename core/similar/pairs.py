"""Pairs of images of different items that may be duplicates, and the groups that they form."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.duplicates import DuplicateGroup, DuplicateKind, GroupMember
from core.similar.images import Images, ImageVectors, Numbers, Vectors
from core.similar.keys import MILLION, NONE, decode_images, decode_scores
from core.similar.lists import SimilarLists

_BLOCK = 4096
_HASH = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Pairs:
    """Pairs of images (n), each pair once, with their scores."""

    first: Numbers
    second: Numbers
    scores: NDArray[np.float64]
    ranks: Numbers
    """The better place of the two items in the other's list, from 0."""

    def __len__(self) -> int:
        return len(self.first)

    def only(self, chosen: NDArray[np.bool_]) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(
            self.first[chosen], self.second[chosen], self.scores[chosen], self.ranks[chosen]
        )

    def digests(self, images: Images) -> NDArray[np.uint64]:
        """Return a hash of the vectors of each pair (n), to recognise pairs that are unchanged."""
        both = np.stack([images.digests[self.first], images.digests[self.second]])
        with np.errstate(over="ignore"):
            hashes: NDArray[np.uint64] = both.min(axis=0) * _HASH + both.max(axis=0)
        return hashes

    def towards_frequent(self) -> "Pairs":
        """Return the same pairs, the image that is in more of them second: few images are."""
        counts = np.bincount(np.concatenate([self.first, self.second]))
        swap = counts[self.first] > counts[self.second]
        first = np.where(swap, self.second, self.first)
        second = np.where(swap, self.first, self.second)
        return Pairs(first, second, self.scores, self.ranks)


def nearest_pairs(lists: SimilarLists, source: ImageVectors, count: int) -> Pairs:
    """Return each item with the first items of its list, as the images that are most alike."""
    keys = lists.keys[:, :count]
    items, ranks = np.nonzero(keys != NONE)
    targets = decode_images(keys[items, ranks])
    blocks = range(0, len(items), _BLOCK)
    own = [_best_views(source, items[n : n + _BLOCK], targets[n : n + _BLOCK]) for n in blocks]
    views = np.concatenate([np.empty(0, np.int64), *own])
    scores = decode_scores(keys[items, ranks]) / MILLION
    first, second = np.minimum(views, targets), np.maximum(views, targets)
    order = np.lexsort((ranks, second, first))
    first, second = first[order], second[order]
    is_new = np.append(True, (np.diff(first) != 0) | (np.diff(second) != 0))[: len(first)]
    return Pairs(first, second, scores[order], ranks[order]).only(is_new)


def vectors_of(pairs: Pairs, vectors: Vectors) -> Iterator[tuple[slice, Vectors, Vectors]]:
    """Yield the vectors of the first and the second images, block by block."""
    for start in range(0, len(pairs), _BLOCK):
        rows = slice(start, start + _BLOCK)
        yield rows, vectors[pairs.first[rows]], vectors[pairs.second[rows]]


def group(kind: DuplicateKind, pairs: Pairs, images: Images) -> list[DuplicateGroup]:
    """Return the items that are connected by pairs, the best groups first."""
    if not len(pairs):
        return []
    first, second = images.items[pairs.first], images.items[pairs.second]
    count = len(images.skus)
    graph = coo_array((np.ones(len(pairs)), (first, second)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    best: dict[int, tuple[float, int]] = {}
    both = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.scores.tolist(), strict=True)
    owners = images.items.tolist()
    for a, b, score in both:
        for image in (a, b):
            best[owners[image]] = max(best.get(owners[image], (-1.0, -1)), (score, image))
    groups: dict[int, list[GroupMember]] = {}
    for item, (score, image) in sorted(best.items(), key=lambda row: (-row[1][0], row[0])):
        member = GroupMember(sku=images.skus[item], view=images.views[image], score=score)
        groups.setdefault(int(labels[item]), []).append(member)
    return [DuplicateGroup(kind=kind, members=tuple(members)) for members in groups.values()]


def _best_views(source: ImageVectors, items: Numbers, targets: Numbers) -> Numbers:
    """Return the image of each item that is most like its target."""
    images, begins = source.images.of(items)
    counts = np.diff(np.append(begins, len(images)))
    rows = np.repeat(np.arange(len(items)), counts)
    scores = np.einsum("ij,ij->i", source.vectors[images], source.vectors[targets[rows]])
    best: Numbers = images[np.lexsort((scores, rows))[begins + counts - 1]]
    return best
