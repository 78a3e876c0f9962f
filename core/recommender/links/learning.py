"""Learns the links of all items; validation chooses how links are weighed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.item_links import LinkSummary
from core.recommender.candidates import Variant
from core.recommender.interactions import Interactions
from core.recommender.links.baskets import Baskets, build_baskets
from core.recommender.links.links import ItemLinks, strongest_links
from core.recommender.links.validation import hold_out, leave_one_out
from core.recommender.links.weights import Weigh, cosine, ease
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines
from core.recommender.ranking.best_items import best
from core.recommender.ranking.blend import standardize
from core.recommender.training_report import POPULARITY, LinksReport

EASE, COSINE = "ease", "cosine"
POPULARITY_WEIGHTS = (0.0, 0.05, 0.1)
MIN_QUERIES = 100


@dataclass(frozen=True)
class LearnedLinks:
    """The links of all items, and how they were chosen."""

    links: ItemLinks
    report: LinksReport

    @property
    def summary(self) -> LinkSummary:
        """Return what readers of the links need to know."""
        return LinkSummary(self.report.orders, self.report.popularity_weight)


def learn_links(
    lines: OrderLines,
    allowed: NDArray[np.bool_],
    popularity: Variant,
    settings: RecommenderSettings,
) -> LearnedLinks:
    """Learn links from all lines.

    Args:
        lines: the order lines to learn from, oldest first.
        allowed: (items,), whether an item may be recommended.
        popularity: variant that ranks the popular items.
        settings: limits of the training run.
    """
    baskets = build_baskets(lines)
    chosen = _choose(lines, allowed, popularity, settings)
    links = strongest_links(baskets, _methods(settings)[chosen.weights](baskets), allowed)
    counts = {
        "orders": baskets.matrix.shape[0],
        "items": len(np.unique(links.item)),
        "links": len(links),
    }
    return LearnedLinks(links, chosen.model_copy(update=counts))


def _methods(settings: RecommenderSettings) -> dict[str, Callable[[Baskets], Weigh]]:
    """Return the ways to weigh links, the usual one first."""
    return {EASE: partial(ease, best_sellers=settings.ease_best_sellers), COSINE: cosine}


def _choose(
    lines: OrderLines,
    allowed: NDArray[np.bool_],
    popularity: Variant,
    settings: RecommenderSettings,
) -> LinksReport:
    """Choose by the last orders, or choose the usual method if these are too few."""
    methods = _methods(settings)
    earlier, last = hold_out(lines, settings.seed)
    if not (len(earlier) and len(last)):
        return LinksReport(weights=EASE)
    baskets = build_baskets(earlier)
    queries = leave_one_out(build_baskets(last), allowed & (baskets.counts > 0), settings.seed)
    if len(queries) < MIN_QUERIES:
        return LinksReport(weights=EASE, baskets=len(queries))
    fitted = popularity.create().fit(Interactions(earlier))
    shares = fitted.shares.of(np.array([lines.regions.everywhere])).toarray()[0]
    popular = _popular(shares, allowed, settings.list_length)
    no_links = sparse.csr_matrix((lines.items, lines.items), dtype=np.float32)
    results = {(POPULARITY, 1.0): queries.ndcg(no_links, popular)}
    for method, weigh in methods.items():
        links = strongest_links(baskets, weigh(baskets), allowed).matrix
        for weight in POPULARITY_WEIGHTS:
            results[method, weight] = queries.ndcg(links, weight * popular)
    method, weight = max(product(methods, POPULARITY_WEIGHTS), key=lambda key: results[key])
    best_of = {
        name: round(max(ndcg for key, ndcg in results.items() if key[0] == name), 5)
        for name in (*methods, POPULARITY)
    }
    return LinksReport(
        weights=method, popularity_weight=weight, baskets=len(queries), ndcg_at_10=best_of
    )


def _popular(
    shares: NDArray[np.float32], allowed: NDArray[np.bool_], length: int
) -> NDArray[np.float32]:
    """Return (items,): the scores in the list of popular items, relative to the best one."""
    scores = standardize(shares[None], allowed[None])
    items, scores = best(np.where(allowed[None], scores, -np.inf), length)
    relative = np.zeros(len(shares), np.float32)
    if scores[0, 0] > 0:
        relative[items[0]] = np.maximum(scores[0] / scores[0, 0], 0)
    return relative
