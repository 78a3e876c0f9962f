"""Recommenders from research on shops where customers buy the same items again."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.support.peer import Peer, Score, Scores
from benchmarks.support.sales_splits import Split

NEIGHBOURS = 300
DECAY_IN_GROUP, DECAY_OF_GROUPS = 0.9, 0.7
ASYMMETRY = 0.25


def personal_frequency(split: Split) -> Score:
    """Score by the number of a customer's orders that have the item; popularity breaks ties."""
    orders = Orders(split)
    counts = (orders.owner_matrix(np.ones(len(orders.owner))) @ orders.items).tocsr()
    lines = np.bincount(split.training["sku"].cat.codes, minlength=split.purchases.shape[1])
    shares = lines / len(split.training)
    return lambda users: counts[users].toarray() + shares


def tifu_knn(split: Split, groups: int, own: float) -> Score:
    """Score by TIFU-kNN (Hu et al. 2020): decayed frequencies, mixed with those of neighbours.

    Args:
        groups: number of groups that a customer's orders are divided into, by age.
        own: share of the customer's own frequencies; the rest is the mean of the neighbours'.
    """
    vectors = _decayed_frequencies(Orders(split), groups)
    norms = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
    count = min(NEIGHBOURS, len(norms) - 1)
    if not count:
        return lambda users: vectors[users].toarray()

    def score(users: NDArray[np.intp]) -> Scores:
        wanted = vectors[users].toarray()
        distance = norms[None] - 2 * (vectors @ wanted.T).T
        distance[np.arange(len(users)), users] = np.inf
        nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
        means = _selection(nearest, len(norms)) @ vectors / count
        return np.asarray(own * wanted + (1 - own) * means.toarray())

    return score


def up_cf(split: Split, recent: int, locality: float) -> Score:
    """Score by UP-CF (Faggioli et al. 2020): recent shares of orders, spread by similar customers.

    Args:
        recent: number of a customer's last orders that count.
        locality: power of the similarity; the greater, the fewer customers count.
    """
    orders = Orders(split)
    counted = np.minimum(orders.count, recent)
    weight = (orders.age < recent) / counted[orders.owner]
    shares = (orders.owner_matrix(weight) @ orders.items).tocsr()
    bought = np.asarray(split.purchases.sum(axis=1)).ravel()

    def score(users: NDArray[np.intp]) -> Scores:
        common = (split.purchases[users] @ split.purchases.T).tocsr()
        scale = sparse.diags(bought[users] ** -ASYMMETRY), sparse.diags(bought ** (ASYMMETRY - 1))
        similarity = (scale[0] @ common @ scale[1]).power(locality)
        return (similarity @ shares).toarray()

    return score


class Orders:
    """Distinct orders: their items, their owners, and their ages counted in the owner's orders."""

    def __init__(self, split: Split) -> None:
        sales = split.training
        _, first, number = np.unique(sales["order"], return_index=True, return_inverse=True)
        users, items = split.purchases.shape
        pairs = number, sales["sku"].cat.codes
        self.items = sparse.csr_matrix((np.ones(len(sales)), pairs), shape=(len(first), items))
        self.items.data[:] = 1
        self.owner = sales["user"].cat.codes.to_numpy()[first].astype(np.intp)
        self.count = np.bincount(self.owner, minlength=users)
        """(users,): the number of orders of each user, at least 1."""
        self._place = first

    @cached_property
    def age(self) -> NDArray[np.intp]:
        """(orders,): how many later orders the owner has."""
        newest_first = np.lexsort((-self._place, self.owner))
        owners = self.owner[newest_first]
        age = np.empty(len(owners), np.intp)
        age[newest_first] = np.arange(len(owners)) - np.searchsorted(owners, owners)
        return age

    def owner_matrix(self, weight: NDArray[np.floating]) -> sparse.csr_matrix:
        """Return (users, orders): the weight of each order."""
        places = self.owner, np.arange(len(self.owner))
        return sparse.csr_matrix((weight, places), shape=(len(self.count), len(self.owner)))


def _decayed_frequencies(orders: Orders, groups: int) -> sparse.csr_matrix:
    """Return (users, items): means over the groups of means over the orders of a group.

    The older an order in its group, and the older the group, the less they count. The oldest group
    may have fewer orders.
    """
    size = -(-orders.count // groups)
    filled = -(-orders.count // size)
    group, place = np.divmod(orders.age, size[orders.owner])
    weight = DECAY_IN_GROUP**place * DECAY_OF_GROUPS**group / (size * filled)[orders.owner]
    return (orders.owner_matrix(weight) @ orders.items).tocsr()


def _selection(rows: NDArray[np.intp], size: int) -> sparse.csr_matrix:
    """Return (len(rows), size): 1 in the columns that each row lists."""
    starts = np.arange(len(rows) + 1) * rows.shape[1]
    values = np.ones(rows.size)
    return sparse.csr_matrix((values, rows.ravel(), starts), shape=(len(rows), size))


REPEAT_PEERS: dict[str, Peer] = {
    "own frequency": Peer(personal_frequency),
    "TIFU-kNN": Peer(tifu_knn, {"groups": (7, 3), "own": (0.7, 0.9, 0.5)}),
    "UP-CF": Peer(up_cf, {"recent": (100, 25, 5), "locality": (1, 10)}),
}
