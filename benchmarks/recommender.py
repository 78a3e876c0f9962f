"""`python -m benchmarks.recommender SALES.csv.gz`: compares our recommender with others.

All recommenders learn from the sales before the last 30 days, and predict the new purchases of
returning users among items sold before. The other recommenders get whichever of a few settings are
best on these very days; our settings are chosen by validation on earlier days.

A number instead of a file generates that many order lines, to measure time and memory.
"""

import resource
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import threadpoolctl
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy import sparse
from surprise import SVD, Dataset, Reader

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import LIST_LENGTH, find_hits
from core.recommender.options import RecommenderSettings
from core.recommender.training import train_recommender
from core.recommender.training_report import BLEND, CandidateResult

DAYS = 30.0
SETTINGS = RecommenderSettings(test_days=DAYS)
BLOCK = 256
LABELS = ("user", "sku", "country", "zip")


def main(source: str) -> None:
    """Compare recommenders on a sales file, or measure ours on a number of generated lines."""
    if source.isdigit():
        measure_cost(generate_sales(int(source)))
    else:
        compare(read_sales(Path(source)))


def read_sales(path: Path) -> pd.DataFrame:
    """Return the order lines of a clean file, oldest first, as training takes them."""
    sales = pd.read_csv(path, dtype="str", keep_default_na=False)
    sales = sales.rename(columns={"md5email": "user", "order_id": "order", "created_at": "at"})
    sales["at"] = pd.to_datetime(sales["at"], utc=True)
    sales["order"] = pd.factorize(sales["order"])[0].astype(np.int32)
    sales = sales.astype(dict.fromkeys(LABELS, "category"))
    return sales.sort_values("at", kind="stable", ignore_index=True)


def generate_sales(lines: int, seed: int = 0) -> pd.DataFrame:
    """Return sales with ten lines per user and a hundred lines per item.

    There are forty kinds of items; each user prefers one kind.
    """
    rng = np.random.default_rng(seed)
    users, items, kinds, zips = lines // 10, lines // 100, 40, 1000
    user = rng.integers(users, size=lines).astype(np.int32)
    rank = (rng.pareto(1.1, lines) * 8).astype(np.int64) % (items // kinds)
    kind = np.where(rng.random(lines) < 0.7, user % kinds, rng.integers(kinds, size=lines))
    seconds = np.sort(rng.uniform(0, 365 * 86_400, lines))
    order = user.astype(np.int64) * 400 + (seconds // (7 * 86_400)).astype(np.int64)
    return pd.DataFrame({
        "user": pd.Categorical.from_codes(user, [f"{n:032x}" for n in range(users)]),
        "sku": pd.Categorical.from_codes(rank * kinds + kind, [f"S{n}" for n in range(items)]),
        "order": np.unique(order, return_inverse=True)[1].astype(np.int32),
        "country": pd.Categorical.from_codes(user % 3, ["DE", "FR", "IT"]),
        "zip": pd.Categorical.from_codes(user % zips, [f"{n:05}" for n in range(zips)]),
        "at": pd.to_datetime(seconds, unit="s", utc=True),
    })


def measure_cost(sales: pd.DataFrame) -> None:
    """Print the duration of each stage of training, and the peak memory."""
    size = f"{len(sales)} lines, {_count(sales, 'user')} users, {_count(sales, 'sku')} items"
    print(size, flush=True)
    started = time.perf_counter()
    trained = train_recommender(sales, None, SETTINGS, _print_progress)
    learned = time.perf_counter()
    blocks = range(-(-len(trained.users) // BLOCK))
    count = sum(len(items) for n in blocks for _, items in trained.block(n, BLOCK))
    ended = time.perf_counter()
    trained.popular()
    print(f"lists: {ended - learned:.1f} s for {count} recommendations")
    print(f"popular: {time.perf_counter() - ended:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size}: {time.perf_counter() - started:.1f} s, peak memory {peak:.0f} MB")


def compare(sales: pd.DataFrame) -> None:
    """Print the metrics and the duration of each recommender."""
    holdout = Holdout.split(sales)
    rows = [(name, *holdout.measure(rank)) for name, rank in PEERS.items()]
    started = time.perf_counter()
    trained = train_recommender(sales, None, SETTINGS, _print_progress)
    for number in range(-(-len(trained.users) // BLOCK)):
        trained.block(number, BLOCK)
    seconds = time.perf_counter() - started
    rows.append(("ours", *_metrics(trained.report.holdout[BLEND]), seconds))
    print(f"\n{len(sales)} lines; {len(holdout.users)} returning users in the last {DAYS:.0f} days")
    print(f"{'':28}{'NDCG@10':>9}{'recall@20':>11}{'MAP@12':>9}{'seconds':>9}")
    for name, ndcg, recall, precision, took in rows:
        print(f"{name:28}{ndcg:9.4f}{recall:11.4f}{precision:9.4f}{took:9.1f}")
    print("ours: the seconds include validation, test, learning and the lists of all users")


def _count(sales: pd.DataFrame, label: str) -> int:
    return len(sales[label].cat.categories)


def _metrics(result: CandidateResult) -> tuple[float, float, float]:
    metrics = result.ndcg_at_10, result.recall_at_20, result.map_at_12
    return tuple(value or 0.0 for value in metrics)  # type: ignore[return-value]


@dataclass(frozen=True)
class Holdout:
    """The sales to learn from, and the later purchases of items that are new to their buyers."""

    purchases: sparse.csr_matrix
    """(users, items): 1 for each item that a user bought in the training lines."""
    recent: NDArray[np.float64]
    """(items,): order lines in the last 14 days of the training lines."""
    users: NDArray[np.intp]
    relevant: sparse.csr_matrix
    """(length of `users`, items): 1 for each new item that a user bought later."""

    @classmethod
    def split(cls, sales: pd.DataFrame) -> "Holdout":
        """Split sales by time."""
        age = (sales["at"].max() - sales["at"]) / pd.Timedelta(days=1)
        before, after = _ones(sales[age >= DAYS]), _ones(sales[age < DAYS])
        sold = sparse.diags((np.asarray(before.sum(axis=0)).ravel() > 0).astype(np.float32))
        new = ((after - after.multiply(before)) @ sold).tocsr()
        new.eliminate_zeros()
        users = np.flatnonzero((np.diff(new.indptr) > 0) & (np.diff(before.indptr) > 0))
        fortnight = sales["sku"].cat.codes[(age >= DAYS) & (age < DAYS + 14)]
        recent = np.bincount(fortnight, minlength=before.shape[1]).astype(float)
        return cls(before, recent, users, new[users])

    def measure(self, rank: "Rank") -> tuple[float, float, float, float]:
        """Return NDCG@10, recall@20 and MAP@12 of a recommender, and its duration in seconds."""
        started = time.perf_counter()
        hits = find_hits(np.asarray(rank(self)).astype(np.intp), self.relevant)
        took = time.perf_counter() - started
        counts = np.diff(self.relevant.indptr)
        return (
            float(ranking_metrics.ndcg(hits, counts, 10).mean()),
            float(ranking_metrics.recall(hits, counts, 20).mean()),
            float(ranking_metrics.average_precision(hits, counts, 12).mean()),
            took,
        )

    def top(self, scores: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return, for each user, the unpurchased items with the highest `scores` (users, items)."""
        new = np.where(self.purchases[self.users].toarray() > 0, -np.inf, scores)
        return np.argsort(-new, axis=1, kind="stable")[:, :LIST_LENGTH]


Rank = Callable[[Holdout], NDArray[np.intp]]


def _ones(sales: pd.DataFrame) -> sparse.csr_matrix:
    pairs = sales["user"].cat.codes, sales["sku"].cat.codes
    shape = _count(sales, "user"), _count(sales, "sku")
    matrix = sparse.csr_matrix((np.ones(len(sales), np.float32), pairs), shape=shape)
    matrix.data[:] = 1
    return matrix


def popularity(holdout: Holdout) -> NDArray[np.intp]:
    """Rank by the number of users who bought an item."""
    return holdout.top(np.asarray(holdout.purchases.sum(axis=0)))


def recent_popularity(holdout: Holdout) -> NDArray[np.intp]:
    """Rank by the order lines of the last 14 days."""
    return holdout.top(holdout.recent[None])


def svd(holdout: Holdout) -> NDArray[np.intp]:
    """Rank by Surprise's SVD with its defaults; every purchase has the rating 1."""
    pairs = holdout.purchases.tocoo()
    frame = pd.DataFrame({"user": pairs.row, "item": pairs.col, "rating": 1.0})
    trainset = Dataset.load_from_df(frame, Reader(rating_scale=(0, 1))).build_full_trainset()
    model = SVD(random_state=0).fit(trainset)
    scores = np.full((len(holdout.users), holdout.purchases.shape[1]), -np.inf)
    columns = [trainset.to_raw_iid(item) for item in trainset.all_items()]
    rows = [trainset.to_inner_uid(user) for user in holdout.users]
    scores[:, columns] = model.pu[rows] @ model.qi.T + model.bi
    return holdout.top(scores)


def als(holdout: Holdout) -> NDArray[np.intp]:
    """Rank by the ALS of the library implicit."""
    with threadpoolctl.threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(64, 10, 1, random_state=0)
        model.fit(holdout.purchases, show_progress=False)
        purchases = holdout.purchases[holdout.users]
        return model.recommend(holdout.users, purchases, N=LIST_LENGTH)[0]


def bm25(holdout: Holdout) -> NDArray[np.intp]:
    """Rank by the item-kNN of the library implicit, with BM25 weights."""
    model = BM25Recommender(K=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ParameterWarning)  # its own matrix has another format
        model.fit(holdout.purchases, show_progress=False)
    purchases = holdout.purchases[holdout.users]
    return model.recommend(holdout.users, purchases, N=LIST_LENGTH)[0]


def ease(holdout: Holdout) -> NDArray[np.intp]:
    """Rank by EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019)."""
    gram = (holdout.purchases.T @ holdout.purchases).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + 300 * np.eye(len(gram)))
    links = inverse / -np.diag(inverse)
    np.fill_diagonal(links, 0)
    return holdout.top(holdout.purchases[holdout.users] @ links)


PEERS: dict[str, Rank] = {
    "popularity": popularity,
    "popularity of 14 days": recent_popularity,
    "Surprise SVD on ones": svd,
    "implicit ALS": als,
    "implicit BM25": bm25,
    "EASE": ease,
}


def _print_progress(stage: str, message: str) -> None:
    print(f"  {stage}: {message}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
