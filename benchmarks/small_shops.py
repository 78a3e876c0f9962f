"""`python -m benchmarks.small_shops SALES.csv.gz ...`: is ours safe where there are few sales?

For each number of customers, draws small shops at random: the sales to so many customers of the
file. On each, ours is compared with the popularity of the last days, on the new purchases of the
last 30 days. Prints, for each size, the mean over the draws of NDCG@10 and of the difference, with
its standard error, and in how many draws ours was worse by more than two standard errors.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.support.comparison import OURS, Comparison, Mean, compare
from benchmarks.support.peers import PEERS
from benchmarks.support.results import Result, save_results
from benchmarks.support.sales_splits import Protocol, Split, read_sales

SIZES = (20, 50, 100, 200)
DRAWS = 10
RECENT = "recent"
MAX_USERS = 2000


@dataclass(frozen=True)
class SmallShops:
    """Comparisons on several shops of the same size."""

    name: str
    draws: Sequence[Comparison]

    @property
    def lead(self) -> Mean:
        """Our NDCG@10 minus that of recent popularity; the error is that between the draws."""
        return Mean.of(np.array([draw.lead(RECENT).value for draw in self.draws]))

    @property
    def worse(self) -> int:
        """In how many draws ours is worse by more than two standard errors."""
        leads = [draw.lead(RECENT) for draw in self.draws]
        return sum(lead.value < -2 * lead.error for lead in leads)

    def mean(self, recommender: str) -> float:
        """Return the mean NDCG@10 over the draws."""
        return float(np.mean([draw.measurements[recommender].ndcg.mean() for draw in self.draws]))

    def results(self) -> list[Result]:
        """Return the figures to save."""
        return [
            Result(
                name=f"{self.name}: {recommender}",
                rounds=(self.mean(recommender),),
                unit="NDCG@10",
                better="higher",
            )
            for recommender in (OURS, RECENT)
        ]


def main(paths: Sequence[str]) -> None:
    """Print the table, and save the figures."""
    print(f"{'':34}{'draws':>7}{OURS:>9}{RECENT:>9}{'difference':>14}{'worse':>7}")
    results = list[Result]()
    for path in map(Path, paths):
        sales = read_sales(path)
        for size in SIZES:
            name = f"{path.name.partition('.')[0]}, {size} customers"
            shops = SmallShops(name, draw_shops(sales, size))
            if shops.draws:
                _print(shops)
                results += shops.results()
    save_results("small shops", results)


def draw_shops(sales: pd.DataFrame, size: int) -> list[Comparison]:
    """Compare on several small shops; a shop to whose customers nothing new is sold is left out."""
    shops = (few_customers(sales, size, seed) for seed in range(DRAWS))
    splits = [Split.of(shop, Protocol.LAST_DAYS, repeats=False) for shop in shops]
    peers = {RECENT: PEERS[RECENT]}
    return [compare(f"{size}", split, peers, MAX_USERS) for split in splits if len(split.users)]


def few_customers(sales: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Keep the sales to so many customers, drawn at random."""
    names = sales["user"].cat.categories
    drawn = np.random.default_rng(seed).permutation(len(names))[:count]
    return sales[sales["user"].isin(names[drawn])]


def _print(shops: SmallShops) -> None:
    means = "".join(f"{shops.mean(name):9.3f}" for name in (OURS, RECENT))
    draws = len(shops.draws)
    print(f"{shops.name:34}{draws:7}{means}{shops.lead!s:>14}{shops.worse:7}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
