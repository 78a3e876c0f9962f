"""`python -m benchmarks.recommender SALES.csv.gz`: our recommender beside the field's, in one run.

All learn from what was sold before the last 30 days, and are asked for what is new to the users who
came back, of items sold before. Peers have the best of a few settings tried on that very question;
ours are chosen by validation, before those days.

A number in place of the file makes up so many order lines, to measure time and memory.
"""

import csv
import gzip
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import threadpoolctl
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy import sparse
from surprise import SVD, Dataset, Reader

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import hits_of
from core.recommender.options import RecommenderSettings
from core.recommender.training import train

DAYS = 30.0
LENGTH = 20
SETTINGS = RecommenderSettings(test_days=DAYS)
COLUMNS = ("md5email", "sku", "order_id", "country", "zip")


@dataclass(frozen=True)
class Sales:
    """Order lines, oldest first."""

    users: list[str]
    skus: list[str]
    countries: list[str]
    zips: list[str]
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    order: NDArray[np.int32]
    country: NDArray[np.int32]
    zip: NDArray[np.int32]
    at: NDArray[np.float64]


def main(source: str) -> None:
    """Measure on a file, or on so many made lines."""
    if source.isdigit():
        cost(made(int(source)))
    else:
        compare(read(Path(source)))


def read(path: Path) -> Sales:
    """The six columns, in any order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["created_at"])
    (users, user), (skus, item), (_, order), (countries, country), (zips, code) = (
        _numbered(row[name] for row in rows) for name in COLUMNS
    )
    times = (datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC) for row in rows)
    at = np.array([time.timestamp() for time in times])
    return Sales(users, skus, countries, zips, user, item, order, country, code, at)


def _numbered(names: Iterable[str]) -> tuple[list[str], NDArray[np.int32]]:
    numbers: dict[str, int] = {}
    numbered = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int32)
    return list(numbers), numbered


def made(lines: int, seed: int = 0) -> Sales:
    """A tenth as many users, a hundredth as many items; users love one of forty kinds."""
    rng = np.random.default_rng(seed)
    users, items, kinds = lines // 10, lines // 100, 40
    user = rng.integers(users, size=lines).astype(np.int32)
    rank = (rng.pareto(1.1, lines) * 8).astype(np.int64) % (items // kinds)
    kind = np.where(rng.random(lines) < 0.7, user % kinds, rng.integers(kinds, size=lines))
    at = np.sort(rng.uniform(0, 365 * 86_400, lines))
    order = user.astype(np.int64) * 400 + (at // (7 * 86_400)).astype(np.int64)
    zips = [f"{n:05}" for n in range(1000)]
    return Sales(
        [f"{n:032x}" for n in range(users)],
        [f"S{n}" for n in range(items)],
        ["DE", "FR", "IT"],
        zips,
        user,
        (rank * kinds + kind).astype(np.int32),
        np.unique(order, return_inverse=True)[1].astype(np.int32),
        (user % 3).astype(np.int32),
        (user % len(zips)).astype(np.int32),
        at,
    )


def cost(sales: Sales) -> None:
    """Print what a training costs, stage by stage, and its peak of memory."""
    lines = f"{len(sales.user)} lines, {len(sales.users)} users, {len(sales.skus)} items"
    print(lines, flush=True)
    started = time.perf_counter()
    trained = train(sales, None, SETTINGS, _say)
    listed = time.perf_counter()
    count = sum(len(items) for block in trained.blocks() for _, items in block)
    ended = time.perf_counter()
    trained.popular()
    print(f"lists: {ended - listed:.1f} s for {count} recommendations")
    print(f"popular: {time.perf_counter() - ended:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{lines}: {time.perf_counter() - started:.1f} s, {peak:.0f} MB at peak")


def compare(sales: Sales) -> None:
    """Print the table."""
    exam = Exam.of(sales)
    rows = [(name, *exam.asked(top)) for name, top in PEERS.items()]
    started = time.perf_counter()
    trained = train(sales, None, SETTINGS, _say)
    for _ in trained.blocks():
        pass
    seconds = time.perf_counter() - started
    ours = trained.report["test"]["blend"]
    rows.append(("ours", *(ours[name] for name in FIGURES), seconds))
    print(f"\n{len(sales.user)} lines; {len(exam.users)} users came back; last {DAYS:.0f} days")
    print(f"{'':28}{'NDCG@10':>9}{'recall@20':>11}{'MAP@12':>9}{'seconds':>9}")
    for name, *figures, took in rows:
        ndcg, recall, precision = figures
        print(f"{name:28}{ndcg:9.4f}{recall:11.4f}{precision:9.4f}{took:9.1f}")
    print("ours: seconds are those of choosing, measuring, learning and all users' lists")


FIGURES = ("ndcg@10", "recall@20", "map@12")


@dataclass(frozen=True)
class Exam:
    """What was sold before, and what the users who came back bought that was new to them."""

    bought: sparse.csr_matrix
    recent: NDArray[np.float64]
    users: NDArray[np.intp]
    relevant: sparse.csr_matrix

    @classmethod
    def of(cls, sales: Sales) -> "Exam":
        """Split by time."""
        age = (sales.at.max() - sales.at) / 86_400
        shape = len(sales.users), len(sales.skus)
        before, after = (_ones(sales, rows, shape) for rows in (age >= DAYS, age < DAYS))
        known = sparse.diags((np.asarray(before.sum(axis=0)).ravel() > 0).astype(np.float32))
        new = ((after - after.multiply(before)) @ known).tocsr()
        new.eliminate_zeros()
        users = np.flatnonzero((np.diff(new.indptr) > 0) & (np.diff(before.indptr) > 0))
        fortnight = sales.item[(age >= DAYS) & (age < DAYS + 14)]
        recent = np.bincount(fortnight, minlength=shape[1]).astype(float)
        return cls(before, recent, users, new[users])

    def asked(self, top: "Top") -> tuple[float, float, float, float]:
        """The figures of one peer, and its seconds."""
        started = time.perf_counter()
        hits = hits_of(np.asarray(top(self)).astype(np.intp), self.relevant)
        took = time.perf_counter() - started
        counts = np.diff(self.relevant.indptr)
        return (
            float(ranking_metrics.ndcg(hits, counts, 10).mean()),
            float(ranking_metrics.recall(hits, counts, 20).mean()),
            float(ranking_metrics.average_precision(hits, counts, 12).mean()),
            took,
        )

    def best(self, scores: NDArray[np.float64]) -> NDArray[np.intp]:
        """Each user's items with the highest scores (users, items), less what was bought."""
        open = np.where(self.bought[self.users].toarray() > 0, -np.inf, scores)
        return np.argsort(-open, axis=1, kind="stable")[:, :LENGTH]


Top = Callable[[Exam], NDArray[np.intp]]


def _ones(sales: Sales, rows: NDArray[np.bool_], shape: tuple[int, int]) -> sparse.csr_matrix:
    pairs = sales.user[rows], sales.item[rows]
    matrix = sparse.csr_matrix((np.ones(rows.sum(), np.float32), pairs), shape=shape)
    matrix.data[:] = 1
    return matrix


def popularity(exam: Exam) -> NDArray[np.intp]:
    """Users per item, of all times."""
    return exam.best(np.asarray(exam.bought.sum(axis=0)))


def recent(exam: Exam) -> NDArray[np.intp]:
    """Order lines of the last fortnight."""
    return exam.best(exam.recent[None])


def svd(exam: Exam) -> NDArray[np.intp]:
    """Surprise's SVD as it comes, every purchase rated one."""
    import pandas

    pairs = exam.bought.tocoo()
    frame = pandas.DataFrame({"user": pairs.row, "item": pairs.col, "rating": 1.0})
    trainset = Dataset.load_from_df(frame, Reader(rating_scale=(0, 1))).build_full_trainset()
    model = SVD(random_state=0).fit(trainset)
    scores = np.full((len(exam.users), exam.bought.shape[1]), -np.inf)
    columns = [trainset.to_raw_iid(item) for item in trainset.all_items()]
    rows = [trainset.to_inner_uid(user) for user in exam.users]
    scores[:, columns] = model.pu[rows] @ model.qi.T + model.bi
    return exam.best(scores)


def als(exam: Exam) -> NDArray[np.intp]:
    """implicit's ALS."""
    with threadpoolctl.threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(64, 10, 1, random_state=0)
        model.fit(exam.bought, show_progress=False)
        return model.recommend(exam.users, exam.bought[exam.users], N=LENGTH)[0]


def bm25(exam: Exam) -> NDArray[np.intp]:
    """implicit's item-kNN."""
    model = BM25Recommender(K=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ParameterWarning)  # its own matrix is in another order
        model.fit(exam.bought, show_progress=False)
    return model.recommend(exam.users, exam.bought[exam.users], N=LENGTH)[0]


def ease(exam: Exam) -> NDArray[np.intp]:
    """EASE as in its paper."""
    gram = (exam.bought.T @ exam.bought).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + 300 * np.eye(len(gram)))
    links = inverse / -np.diag(inverse)
    np.fill_diagonal(links, 0)
    return exam.best(exam.bought[exam.users] @ links)


PEERS: dict[str, Top] = {
    "popularity": popularity,
    "popularity of 14 days": recent,
    "Surprise SVD on ones": svd,
    "implicit ALS": als,
    "implicit BM25": bm25,
    "EASE": ease,
}


def _say(message: str) -> None:
    print(f"  {message}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
