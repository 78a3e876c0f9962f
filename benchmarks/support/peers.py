"""Well-known recommenders to compare ours with; each gets the best of a few settings.

The settings are chosen by a validation split inside the sales to learn from.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import threadpoolctl
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, ItemItemRecommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy import linalg, sparse
from surprise import SVD, Dataset, Reader

from benchmarks.support.peer import Peer, Score, Scores
from benchmarks.support.sales_splits import Split

MAX_EASE_ITEMS = 8_000


def popularity(split: Split) -> Score:
    """Score by the number of customers who bought an item."""
    return _same_for_all(np.asarray(split.purchases.sum(axis=0)).ravel())


def recent_popularity(split: Split, days: float) -> Score:
    """Score by the order lines of the last days; by all lines, if their times are unknown."""
    sales = split.training
    if split.has_times:
        sales = sales[sales["at"] > sales["at"].max() - pd.Timedelta(days=days)]
    lines = np.bincount(sales["sku"].cat.codes, minlength=split.purchases.shape[1])
    return _same_for_all(lines.astype(float))


def item_knn(split: Split, model: type[ItemItemRecommender], neighbours: int) -> Score:
    """Score by the item-kNN of the library implicit."""
    fitted = model(K=neighbours, num_threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ParameterWarning)  # its own matrix has another format
        fitted.fit(split.purchases, show_progress=False)
    return lambda users: (split.purchases[users] @ fitted.similarity).toarray()


def rp3beta(split: Split, beta: float) -> Score:
    """Score by three steps of a random walk, damped by popularity (Paudel et al. 2017)."""
    purchases = split.purchases
    counts = np.asarray(purchases.sum(axis=0)).ravel()
    by_user, by_item = _row_shares(purchases), _row_shares(purchases.T.tocsr())
    damped = (by_user @ sparse.diags(counts**-beta)).tocsr()
    return lambda users: (by_user[users] @ by_item @ damped).toarray()


def user_knn(split: Split, neighbours: int) -> Score:
    """Score by the purchases of the customers whose purchases are most similar, by cosine."""
    counts = np.asarray(split.purchases.sum(axis=1)).ravel()
    unit = (sparse.diags(counts**-0.5) @ split.purchases).tocsr()

    def score(users: NDArray[np.intp]) -> Scores:
        similarity = (unit[users] @ unit.T).toarray()
        similarity[np.arange(len(users)), users] = 0
        place = max(similarity.shape[1] - neighbours, 0)
        least = np.partition(similarity, place, axis=1)[:, place]
        similarity[similarity < least[:, None]] = 0
        return (sparse.csr_matrix(similarity) @ split.purchases).toarray()

    return score


def ease(split: Split, penalty: float) -> Score:
    """Score by EASE (Steck 2019) of the best-selling items."""
    sold = _best_sellers(split, MAX_EASE_ITEMS)
    purchases = split.purchases[:, sold].tocsr()
    gram = (purchases.T @ purchases).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    links = linalg.inv(gram, overwrite_a=True, assume_a="pos")
    links /= -np.diag(links)
    np.fill_diagonal(links, 0)

    def score(users: NDArray[np.intp]) -> Scores:
        scores = np.zeros((len(users), split.purchases.shape[1]))
        scores[:, sold] = purchases[users] @ links
        return scores

    return score


def als(split: Split, factors: int, penalty: float) -> Score:
    """Score by the ALS of the library implicit."""
    with threadpoolctl.threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors, penalty, random_state=0)
        model.fit(split.purchases, show_progress=False)
    return lambda users: model.user_factors[users] @ model.item_factors.T


def svd(split: Split) -> Score:
    """Score by Surprise's SVD with its defaults; every purchase has the rating 1."""
    pairs = split.purchases.tocoo()
    frame = pd.DataFrame({"user": pairs.row, "item": pairs.col, "rating": 1.0})
    trainset = Dataset.load_from_df(frame, Reader(rating_scale=(0, 1))).build_full_trainset()
    model = SVD(random_state=0).fit(trainset)
    users, items = (np.arange(size) for size in split.purchases.shape)
    rows = np.array([trainset.to_inner_uid(user) for user in users])
    columns = np.array([trainset.to_inner_iid(item) for item in items])
    user_factors, item_factors, bias = model.pu[rows], model.qi[columns], model.bi[columns]
    return lambda users: user_factors[users] @ item_factors.T + bias


def _same_for_all(scores: NDArray[Any]) -> Score:
    return lambda users: np.tile(scores, (len(users), 1))


def _row_shares(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    return (sparse.diags(1 / np.asarray(matrix.sum(axis=1)).ravel()) @ matrix).tocsr()


def _best_sellers(split: Split, count: int) -> NDArray[np.intp]:
    buyers = np.asarray(split.purchases.sum(axis=0)).ravel()
    return np.sort(np.argsort(-buyers, kind="stable")[:count])


PEERS: dict[str, Peer] = {
    "popularity": Peer(popularity),
    "recent": Peer(recent_popularity, {"days": (14, 7, 30)}),
    "cosine": Peer(item_knn, {"model": (CosineRecommender,), "neighbours": (100, 20)}),
    "BM25": Peer(item_knn, {"model": (BM25Recommender,), "neighbours": (100, 20)}),
    "RP3beta": Peer(rp3beta, {"beta": (0.3, 0.6)}),
    "user-kNN": Peer(user_knn, {"neighbours": (100, 300)}),
    "EASE": Peer(ease, {"penalty": (200, 50, 1000)}),
    "iALS": Peer(als, {"factors": (64,), "penalty": (1, 10)}),
    "SVD": Peer(svd),
}
