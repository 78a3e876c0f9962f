"""Splits of a sales file, for comparing recommenders: what to learn from, and what to predict."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import find_hits

DAYS = 30.0
LABELS = ("user", "sku", "country", "zip")

Items = NDArray[np.intp]
"""(users, length): ranked items, best first; -1 stands for no item."""


class Protocol(StrEnum):
    """Which order lines are held out."""

    LAST_DAYS = "last 30 days"
    LAST_FIFTH = "last fifth"
    """The last fifth of each customer's order lines, at least one if there are several."""


def read_sales(path: Path) -> pd.DataFrame:
    """Return the order lines of a clean file, oldest first, as training takes them."""
    sales = pd.read_csv(path, dtype="str", keep_default_na=False)
    sales = sales.rename(columns={"md5email": "user", "order_id": "order", "created_at": "at"})
    sales["at"] = pd.to_datetime(sales["at"], utc=True)
    sales["order"] = pd.factorize(sales["order"])[0].astype(np.int32)
    sales = sales.astype(dict.fromkeys(LABELS, "category"))
    return sales.sort_values("at", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Split:
    """The order lines to learn from, and the later purchases of the customers who made them.

    Users and items are numbered by the categories of `training`: whoever and whatever occurs only
    in the lines that are held out is unknown, and nobody has to predict it.
    """

    training: pd.DataFrame
    protocol: Protocol
    users: NDArray[np.intp]
    """Customers to make lists for."""
    relevant: sparse.csr_matrix
    """(length of `users`, items): 1 for each item to predict; no row is empty."""
    repeats: bool
    """Whether items that a customer has bought before are to be predicted too."""

    @classmethod
    def of(cls, sales: pd.DataFrame, protocol: Protocol, *, repeats: bool) -> Self:
        """Split sales; without `repeats`, only items that are new to their buyers count."""
        late = _late(sales, protocol)
        training = sales[~late].reset_index(drop=True)
        for label in LABELS:
            training[label] = training[label].cat.remove_unused_categories()
        bought, wanted = purchase_matrix(training), _known_purchases(sales[late], training)
        if not repeats:
            wanted = wanted - wanted.multiply(bought)
            wanted.eliminate_zeros()
        users = np.flatnonzero(np.diff(wanted.indptr))
        return cls(training, protocol, users, wanted[users], repeats)

    @cached_property
    def purchases(self) -> sparse.csr_matrix:
        """float32 (users, items): 1 for each item that a user has bought."""
        return purchase_matrix(self.training)

    @property
    def has_times(self) -> bool:
        """Whether the time of every order line is known."""
        return bool(self.training["at"].notna().all())

    def at_most(self, users: int, seed: int = 0) -> Self:
        """Return this split with lists for so many customers at most, drawn at random."""
        drawn = np.sort(np.random.default_rng(seed).permutation(len(self.users))[:users])
        return replace(self, users=self.users[drawn], relevant=self.relevant[drawn])

    def validation(self) -> Self:
        """Split the order lines to learn from in the same way, for choosing settings."""
        return self.of(self.training, self.protocol, repeats=self.repeats)

    def ndcg(self, items: Items) -> NDArray[np.float64]:
        """Return the NDCG@10 of each user's list."""
        hits = find_hits(np.maximum(items, 0), self.relevant) & (items >= 0)
        return ranking_metrics.ndcg(hits, np.diff(self.relevant.indptr), 10)

    def coverage(self, items: Items) -> float:
        """Return the share of the sold items that are among the first ten of any list."""
        first = np.unique(items[:, :10])
        return float((first >= 0).sum() / self.relevant.shape[1])


def purchase_matrix(sales: pd.DataFrame) -> sparse.csr_matrix:
    """Return float32 (users, items): 1 for each item that a user bought."""
    shape = len(sales["user"].cat.categories), len(sales["sku"].cat.categories)
    pairs = sales["user"].cat.codes, sales["sku"].cat.codes
    matrix = sparse.csr_matrix((np.ones(len(sales), np.float32), pairs), shape=shape)
    matrix.data[:] = 1
    return matrix


def _known_purchases(sales: pd.DataFrame, training: pd.DataFrame) -> sparse.csr_matrix:
    """Return the purchases of known items by known users, numbered as in training."""
    numbered = {
        label: sales[label].cat.set_categories(training[label].cat.categories)
        for label in ("user", "sku")
    }
    return purchase_matrix(sales.assign(**numbered).dropna(subset=["user", "sku"]))


def _late(sales: pd.DataFrame, protocol: Protocol) -> NDArray[np.bool_]:
    if protocol is Protocol.LAST_DAYS:
        return np.asarray((sales["at"].max() - sales["at"]) < pd.Timedelta(days=DAYS))
    by_user = sales.groupby("user", observed=True)["sku"]
    count = by_user.transform("size")
    held_out = np.where(count > 1, np.maximum(count // 5, 1), 0)
    return np.asarray(by_user.cumcount() >= count - held_out)
