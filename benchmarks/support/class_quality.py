"""How well rankings by similarity find images of the same class, or the same picture."""

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
    order = np.argsort(-scores, axis=1, kind="stable")
    if leave_one_out:
        queries = np.arange(len(order))[:, np.newaxis]
        order = order[order != queries].reshape(len(order), -1)
    hits = gallery_classes[order] == query_classes[:, np.newaxis]
    precisions = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    average = (precisions * hits).sum(axis=1) / hits.sum(axis=1)
    return ClassQuality(hits[:, :K].sum(axis=1) / K, average)


def share_found_first(scores: NDArray[np.float32], expected: NDArray[np.intp]) -> float:
    """Return the share of queries whose highest score is that of the expected image."""
    return float((scores.argmax(axis=1) == expected).mean())


def paired_difference(values: Floats, baseline: Floats) -> str:
    """Return the mean difference of two measures of the same queries, with its standard error."""
    difference = values - baseline
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return f"{difference.mean():+.3f} ± {error:.3f}"
