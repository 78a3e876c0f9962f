"""Made shops whose truth is known."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.recommender.visual_similarity import Looks

DAY = 86_400.0


@dataclass(frozen=True)
class Sold:
    """Order lines as the ledger gives them."""

    users: list[str]
    skus: list[str]
    countries: list[str]
    zips: list[str]
    user: np.ndarray
    item: np.ndarray
    order: np.ndarray
    country: np.ndarray
    zip: np.ndarray
    quantity: np.ndarray
    at: np.ndarray


def sold(rows: Iterable[tuple]) -> Sold:
    """Rows of (user, sku, order, day), and country and zip where they matter."""
    full = sorted(((*row, "GB", "")[:6] if len(row) < 6 else row for row in rows), key=_day)
    columns = list(map(list, np.array(full, object).T))
    users, user = _numbered(columns[0])
    skus, item = _numbered(columns[1])
    _, order = _numbered(columns[2])
    countries, land = _numbered(columns[4])
    zips, code = _numbered(columns[5])
    at = np.array(columns[3], np.float64) * DAY
    quantity = np.ones(len(at), np.int32)
    return Sold(users, skus, countries, zips, user, item, order, land, code, quantity, at)


def _day(row):
    return row[3]


def _numbered(names) -> tuple[list[str], np.ndarray]:
    numbers: dict[str, int] = {}
    numbered = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int32)
    return list(numbers), numbered


@dataclass(frozen=True)
class Tastes:
    """A shop where everybody loves one kind, and items of a kind look alike."""

    purchases: Sold
    looks: Looks
    kind: dict[str, int]


def tastes(
    *, users: int = 240, items: int = 120, kinds: int = 6, fidelity: float = 0.9, seed: int = 0
) -> Tastes:
    """Each user buys six items one a week apart or so, mostly of the kind they love."""
    rng = np.random.default_rng(seed)
    kind = {f"S{item:03}": item % kinds for item in range(items)}
    skus = np.array(list(kind))
    of_kind = np.array(list(kind.values()))
    rows = []
    for user in range(users):
        loved = user % kinds
        chance = np.where(of_kind == loved, fidelity * kinds, 1 - fidelity) / np.arange(
            8, 8 + items
        )
        bought = rng.choice(skus, 12, replace=False, p=chance / chance.sum())
        days = np.sort(rng.uniform(0, 150, 6))
        rows += [
            (f"u{user}", str(sku), f"o{user}-{n // 2}", days[n // 2])
            for n, sku in enumerate(bought)
        ]
    return Tastes(sold(rows), _drawn(kind, kinds, rng), kind)


def _drawn(kind: dict[str, int], kinds: int, rng: np.random.Generator) -> Looks:
    centres = rng.normal(size=(kinds, 32))
    return looks(list(kind), centres[list(kind.values())] + 0.3 * rng.normal(size=(len(kind), 32)))


def looks(skus: list[str], vectors) -> Looks:
    """Looks from any vectors."""
    rows = np.asarray(vectors, np.float64)
    return Looks(skus, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


def noise(skus: list[str], seed: int = 7) -> Looks:
    """Pictures that say nothing."""
    return looks(skus, np.random.default_rng(seed).normal(size=(len(skus), 32)))
