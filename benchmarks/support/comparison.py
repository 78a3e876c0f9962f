"""Compares our recommender with others on one split of a data set."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.support import our_lists
from benchmarks.support.peer import Peer, TooLarge
from benchmarks.support.results import Result
from benchmarks.support.sales_splits import Items, Split

OURS = "ours"


@dataclass(frozen=True)
class Mean:
    """A mean with its standard error."""

    value: float
    error: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Mean":
        """Return the mean of independent values; the error of a single value is unknown."""
        error = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
        return cls(float(values.mean()), float(error))

    def __str__(self) -> str:
        return f"{self.value:.3f}±{self.error:.3f}".replace("0.", ".")


@dataclass(frozen=True)
class Measurement:
    """How good the lists of one recommender are."""

    ndcg: NDArray[np.float64]
    """NDCG@10 of each customer's list."""
    coverage: float
    """Share of the sold items that are among the first ten of any list."""
    seconds: float
    """Duration of learning, of choosing settings, and of making the lists."""


@dataclass(frozen=True)
class Comparison:
    """The measurements of all recommenders on the same customers."""

    name: str
    measurements: Mapping[str, Measurement]
    """By the name of the recommender; those that were skipped are missing."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """The reason, by the name of the recommender."""

    @property
    def best_peer(self) -> str:
        """The name of the best recommender except ours, on these very customers."""
        peers = [name for name in self.measurements if name != OURS]
        return max(peers, key=lambda name: self.measurements[name].ndcg.mean())

    def lead(self, peer: str) -> Mean:
        """Return our NDCG@10 minus that of a peer, with the error of the paired difference."""
        return Mean.of(self.measurements[OURS].ndcg - self.measurements[peer].ndcg)

    def results(self) -> list[Result]:
        """Return the figures to save."""
        own, best = self.measurements[OURS], self.measurements[self.best_peer]
        figures = {OURS: float(own.ndcg.mean()), "best single peer": float(best.ndcg.mean())}
        return [
            *(self._result(name, value, "NDCG@10", "higher") for name, value in figures.items()),
            self._result("coverage", own.coverage, "share", "higher"),
            self._result("duration", own.seconds, "s", "lower"),
        ]

    def _result(self, name: str, value: float, unit: str, better: str) -> Result:
        return Result(name=f"{self.name}: {name}", rounds=(value,), unit=unit, better=better)


def compare(name: str, split: Split, peers: Mapping[str, Peer], max_users: int) -> Comparison:
    """Measure all recommenders on a split, with at most so many customers.

    Nobody sees the lines that are held out; the peers choose their settings by a split of the rest.
    """
    split, validation = split.at_most(max_users), split.validation().at_most(max_users)
    measurements, skipped = {}, {}
    for peer_name, peer in peers.items():
        try:
            measurements[peer_name] = _measure(split, partial(peer.rank, split, validation))
        except TooLarge as exc:
            skipped[peer_name] = str(exc)
    measurements[OURS] = _measure(split, partial(our_lists.rank, split))
    return Comparison(name, measurements, skipped)


def _measure(split: Split, rank: Callable[[], Items]) -> Measurement:
    started = time.perf_counter()
    items = rank()
    seconds = time.perf_counter() - started
    return Measurement(split.ndcg(items), split.coverage(items), seconds)
