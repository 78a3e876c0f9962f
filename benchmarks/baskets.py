"""`python -m benchmarks.baskets SALES.csv.gz`: basket recommendations compared with other rankings.

All rankings learn from the orders before the last 30 days. In these days, each item of each order
of 2 to 30 known items is left out once; a ranking should put it among the first ten items that go
with the rest. Ours is measured as served: with the published links and the API's own ranking.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.support.sales_splits import read_sales
from core.recommender.algorithms.popularity import Popularity
from core.recommender.candidates import Variant
from core.recommender.interactions import Interactions
from core.recommender.links.baskets import Baskets, build_baskets
from core.recommender.links.learning import LearnedLinks, learn_links
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines, to_order_lines
from core.recommender.plausible_sales import select_plausible
from core.recommender.training_report import POPULARITY
from core.serving.baskets import BasketItem, rank, relative_scores

DAYS = 30.0
SIZES = range(2, 31)
BLOCK = 1_000
SETTINGS = RecommenderSettings()
USUAL = Variant(POPULARITY, Popularity, {"half_life": 30})


@dataclass(frozen=True)
class Queries:
    """The baskets of the last days, each with one item left out."""

    rest: sparse.csr_matrix
    """float32 (queries, items): the other items, in the order of the file."""
    left_out: NDArray[np.intp]

    @classmethod
    def of(cls, baskets: Baskets, known: NDArray[np.bool_]) -> "Queries":
        """Leave out each known item of each basket once."""
        rows = [row.indices[known[row.indices]] for row in baskets.matrix]
        pairs = [
            (np.delete(row, place), row[place])
            for row in rows
            if len(row) in SIZES
            for place in range(len(row))
        ]
        starts = np.cumsum([0, *(len(rest) for rest, _ in pairs)])
        columns = np.concatenate([rest for rest, _ in pairs])
        values = np.ones(len(columns), np.float32)
        rest = sparse.csr_matrix(
            (values, columns, starts), shape=(len(pairs), baskets.matrix.shape[1])
        )
        return cls(rest, np.array([item for _, item in pairs], np.intp))

    def ranks(self, scores: Callable[[sparse.csr_matrix], NDArray[np.float32]]) -> NDArray[np.intp]:
        """Return the rank of each item left out, from 0, by scores (queries, items)."""
        blocks = []
        for start in range(0, len(self.left_out), BLOCK):
            rest, left_out = self.rest[start : start + BLOCK], self.left_out[start : start + BLOCK]
            values = scores(rest)
            values[rest.nonzero()] = -np.inf
            own = values[np.arange(len(left_out)), left_out][:, None]
            ties = ((values == own).sum(axis=1) - 1) // 2  # half of them come first on average
            blocks.append((values > own).sum(axis=1) + ties)
        return np.concatenate(blocks)


def main(path: Path) -> None:
    """Learn from the earlier orders, rank the items left out of the later ones, and compare."""
    sales = read_sales(path)
    skus = list(sales["sku"].cat.categories)
    users = list(sales["user"].cat.categories)
    lines = select_plausible(to_order_lines(sales, len(skus)), users).lines
    earlier, later = lines.select(lines.days_ago >= DAYS), lines.select(lines.days_ago < DAYS)
    baskets = build_baskets(earlier)
    queries = Queries.of(build_baskets(later), baskets.counts > 0)
    print(f"{len(lines):,} order lines; {baskets.matrix.shape[0]:,} orders to learn from;")
    print(f"{len(queries.left_out):,} baskets with one item left out\n")
    print(f"{'':28}{'recall@10':>11}{'NDCG@10':>10}{'± error':>10}{'seconds':>9}")
    report(POPULARITY, lambda: queries.ranks(lambda rest: popularity(rest, baskets)))
    report("item-kNN, cosine of orders", lambda: queries.ranks(cosine_scores(baskets)))
    started = time.perf_counter()
    learned = learn_links(earlier, np.ones(len(skus), bool), USUAL, SETTINGS)
    learning_s = time.perf_counter() - started
    report("ours, as served", lambda: our_ranks(queries, learned, skus, popular(earlier, skus)))
    print(f"\nlinks learned in {learning_s:.1f} s: {learned.report}")


def report(name: str, ranks_of: Callable[[], NDArray[np.intp]]) -> None:
    """Print the metrics of a ranking."""
    started = time.perf_counter()
    ranks = ranks_of()
    took = time.perf_counter() - started
    is_hit = ranks < 10
    gains = np.where(is_hit, 1 / np.log2(ranks + 2), 0)
    error = gains.std() / np.sqrt(len(gains))
    print(f"{name:28}{is_hit.mean():11.4f}{gains.mean():10.4f}{error:10.4f}{took:9.1f}")


def popularity(rest: sparse.csr_matrix, baskets: Baskets) -> NDArray[np.float32]:
    """Score by the number of orders that contain an item."""
    return np.tile(baskets.counts.astype(np.float32), (rest.shape[0], 1))


def cosine_scores(baskets: Baskets) -> Callable[[sparse.csr_matrix], NDArray[np.float32]]:
    """Return scores by the cosine of orders, without any cut."""
    norms = sparse.diags(1 / np.sqrt(np.maximum(baskets.counts, 1)).astype(np.float32))
    weights = (norms @ (baskets.matrix.T @ baskets.matrix) @ norms).tocsr()
    return lambda rest: np.asarray((rest @ weights).toarray())


def popular(lines: OrderLines, skus: list[str]) -> dict[str, float]:
    """Return the scores of the list of popular items, which the API reads beside the links."""
    popularity = USUAL.create().fit(Interactions(lines))
    shares = popularity.shares.of(np.array([lines.regions.everywhere])).toarray()[0]
    best = np.argsort(-shares, kind="stable")[: SETTINGS.list_length]
    zscores = (shares[best] - shares.mean()) / shares.std()
    return {skus[item]: float(score) for item, score in zip(best, zscores, strict=True)}


def our_ranks(
    queries: Queries, learned: LearnedLinks, skus: list[str], scores: dict[str, float]
) -> NDArray[np.intp]:
    """Return the ranks of the items left out, by the published texts and the API's ranking."""
    items = {sku: BasketItem.parse(sku, text, "") for sku, text in learned.links.rows(skus)}
    pool = relative_scores(scores, learned.report.popularity_weight)
    ranks = []
    for row, left_out in zip(queries.rest, queries.left_out.tolist(), strict=True):
        names = [skus[item] for item in row.indices]
        ranked = rank([items.get(sku) or BasketItem(sku) for sku in names], pool)
        first = [scored.sku for scored in islice(ranked, 10)]
        wanted = skus[left_out]
        ranks.append(first.index(wanted) if wanted in first else len(skus))
    return np.array(ranks)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
