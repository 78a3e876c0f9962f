"""Fits what scores mean in a collection: to random pairs, and to distorted images of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.score_scale import MAX_RARITY, ScoreScale
from core.similar.images import ImageVectors, Numbers, Vectors

Floats = NDArray[np.float64]

SAMPLE = 2000
"""Images whose pairs are compared."""
_STEPS = 1000
_TAIL = 300
"""The highest scores of random pairs; how rare still higher scores are follows from these."""
_MAX_ITERATIONS = 50
_RIDGE = 1e-2
_NEAR = 0.01
"""Keeps the logarithm of the distance finite for equal images."""


@dataclass(frozen=True)
class LabelledScores:
    """Scores of pairs of images (n), and whether each pair shows the same product (n)."""

    scores: Vectors
    same: NDArray[np.bool_]


def random_scores(source: ImageVectors) -> Vectors:
    """Return the scores of pairs of images of different items, sorted; the same ones every time."""
    count = len(source.vectors)
    generator = np.random.default_rng(0)
    chosen = np.sort(generator.choice(count, min(count, SAMPLE), replace=False))
    items, vectors = source.images.items[chosen], source.vectors[chosen]
    is_pair = np.triu(items[:, None] != items[None, :])
    return np.sort(np.clip(vectors @ vectors.T, 0, 1)[is_pair])


def label(source: ImageVectors, originals: Numbers, queries: Vectors) -> LabelledScores:
    """Compare distorted images (n, dim) with their originals and with the nearest other item."""
    scores = queries @ source.vectors.T
    items = source.images.items
    is_own = items[originals][:, None] == items[None, :]
    rows = np.arange(len(queries))
    others = np.where(is_own, -1, scores).max(axis=1)
    both = np.clip(np.concatenate([scores[rows, originals], others]), 0, 1)
    return LabelledScores(both, np.repeat([True, False], len(queries)))


def fit_scale(index: str, source: ImageVectors, labelled: LabelledScores) -> ScoreScale:
    """Return the scale of a collection's scores."""
    grid = np.arange(_STEPS + 1) / _STEPS
    rarities = _round(_rarity(grid, random_scores(source)))
    sames = np.round(_probability(grid, labelled), 2)
    differs = np.append(True, (np.diff(rarities) != 0) | (np.diff(sames) != 0))
    return ScoreScale(
        index=index,
        images=len(source.vectors),
        scores=tuple(grid[differs].tolist()),
        rarities=tuple(rarities[differs].tolist()),
        sames=tuple(sames[differs].tolist()),
    )


def _rarity(grid: Floats, scores: Vectors) -> Floats:
    """Return one over the share of pairs that score at least as high as each point of the grid.

    Above the tail's beginning, shares fall exponentially, at the rate of the tail's median: the few
    pairs that are nearly equal, because a product was imported twice, hardly move a median.
    """
    count = len(scores)
    tail = min(_TAIL, max(count // 10, 1))
    start, median = (float(scores[-tail]), float(scores[-(tail // 2) - 1]))
    rate = np.log(2) / max(median - start, 1e-4)
    at_least = count - np.searchsorted(scores, grid.astype(np.float32), side="left")
    empirical = np.log(count) - np.log(np.maximum(at_least, 1))
    beyond = np.log(count / tail) + (grid - start) * rate
    logs = np.where(grid < start, empirical, beyond)
    return np.exp(np.minimum(np.maximum.accumulate(logs), np.log(MAX_RARITY)))


def _round(rarities: Floats) -> Numbers:
    """Return rarities with two significant digits."""
    unit = 10.0 ** np.maximum(np.floor(np.log10(rarities)) - 1, 0)
    rounded: Numbers = (np.rint(rarities / unit) * unit).astype(np.int64)
    return rounded


def _probability(grid: Floats, labelled: LabelledScores) -> Floats:
    """Return the probability of the same product by logistic regression (Platt's scaling).

    Its only variable is the logarithm of the distance 1 - score, which separates high scores.
    """
    variable = _nearness(labelled.scores.astype(np.float64))
    mean, deviation = variable.mean(), max(float(variable.std()), 1e-6)
    slope, offset = _logistic((variable - mean) / deviation, labelled.same)
    return _sigmoid(max(slope, 0) * (_nearness(grid) - mean) / deviation + offset)


def _nearness(scores: Floats) -> Floats:
    return -np.log(1 + _NEAR - scores)


def _logistic(variable: Floats, labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept of a logistic regression, by Newton's method with a ridge."""
    design = np.stack([variable, np.ones_like(variable)], axis=1)
    weights = np.zeros(2)
    ridge = np.diag([_RIDGE, _RIDGE])
    for _ in range(_MAX_ITERATIONS):
        expected = _sigmoid(design @ weights)
        gradient = design.T @ (expected - labels) + ridge @ weights
        spread = np.maximum(expected * (1 - expected), 1e-9)
        step = np.linalg.solve((design.T * spread) @ design + ridge, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return float(weights[0]), float(weights[1])


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))
