"""How well rankings by similarity find images of a class, of a colour, or the same picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClassQuality:
    """One number for each query."""

    precision: Floats
    """The share of the first ten results that have the query's class."""
    average_precision: Floats


def class_quality(
    scores: NDArray[np.float32],
    query_classes: NDArray[np.str_],
    gallery_classes: NDArray[np.str_],
    *,
    leave_one_out: bool,
) -> ClassQuality:
    """Measure scores (queries, gallery); with `leave_one_out`, a query is not its own result.

    Every query must have a result of its class.
    """
    order = _order(scores, leave_one_out=leave_one_out)
    hits = gallery_classes[order] == query_classes[:, np.newaxis]
    precisions = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    average = (precisions * hits).sum(axis=1) / hits.sum(axis=1)
    return ClassQuality(hits[:, :K].sum(axis=1) / K, average)


def colour_distances(
    scores: NDArray[np.float32],
    query_colours: Floats,
    gallery_colours: Floats,
    *,
    leave_one_out: bool,
) -> Floats:
    """Return the mean distance of each query's colour (n, 3) to those of its first ten results."""
    results = gallery_colours[_order(scores, leave_one_out=leave_one_out)[:, :K]]
    distances: Floats = np.linalg.norm(results - query_colours[:, np.newaxis], axis=2).mean(axis=1)
    return distances


def _order(scores: NDArray[np.float32], *, leave_one_out: bool) -> NDArray[np.intp]:
    order = np.argsort(-scores, axis=1, kind="stable")
    if leave_one_out:
        queries = np.arange(len(order))[:, np.newaxis]
        order = order[order != queries].reshape(len(order), -1)
    return order


def share_found_first(scores: NDArray[np.float32], expected: NDArray[np.intp]) -> float:
    """Return the share of queries whose highest score is that of the expected image."""
    return float((scores.argmax(axis=1) == expected).mean())


def paired_difference(values: Floats, baseline: Floats) -> str:
    """Return the mean difference of two measures of the same queries, with its standard error."""
    difference = values - baseline
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return f"{difference.mean():+.3f} ± {error:.3f}"
