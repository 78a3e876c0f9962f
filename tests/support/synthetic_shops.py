"""Synthetic shops whose true preferences are known."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.recommender.visual_neighbours import ItemEmbeddings

DAY_S = 86_400.0


def make_sales(rows: Iterable[tuple]) -> pd.DataFrame:
    """Order lines of rows of (user, sku, order, day), and country and zip where they matter."""
    rows = sorted(((*row, "GB", "")[:6] if len(row) < 6 else row for row in rows), key=_day)
    lines = pd.DataFrame(rows, columns=["user", "sku", "order", "at", "country", "zip"])
    for label in ("user", "sku", "country", "zip"):
        lines[label] = pd.Categorical(lines[label], lines[label].unique())
    lines["order"] = pd.factorize(lines["order"])[0].astype(np.int32)
    lines["at"] = pd.to_datetime(lines["at"], unit="D", utc=True).dt.as_unit("us")
    lines["quantity"] = np.int32(1)
    return lines


def _day(row):
    return row[3]


def users_of(lines: pd.DataFrame) -> list[str]:
    """Users in the order of their numbers."""
    return list(lines["user"].cat.categories)


def skus_of(lines: pd.DataFrame) -> list[str]:
    """Skus in the order of their numbers."""
    return list(lines["sku"].cat.categories)


@dataclass(frozen=True)
class TasteShop:
    """A shop where each user loves one kind of items, and items of a kind look alike."""

    purchases: pd.DataFrame
    embeddings: ItemEmbeddings
    kind: dict[str, int]
    """By sku."""


def taste_shop(
    *, users: int = 240, items: int = 120, kinds: int = 6, fidelity: float = 0.9, seed: int = 0
) -> TasteShop:
    """Each user buys twelve items in six orders of 150 days, mostly of the kind they love."""
    rng = np.random.default_rng(seed)
    kind = {f"S{item:03}": item % kinds for item in range(items)}
    skus = np.array(list(kind))
    kind_of_item = np.array(list(kind.values()))
    rows = []
    for user in range(users):
        loved = user % kinds
        chance = np.where(kind_of_item == loved, fidelity * kinds, 1 - fidelity) / np.arange(
            8, 8 + items
        )
        bought = rng.choice(skus, 12, replace=False, p=chance / chance.sum())
        days = np.sort(rng.uniform(0, 150, 6))
        rows += [
            (f"u{user}", str(sku), f"o{user}-{n // 2}", days[n // 2])
            for n, sku in enumerate(bought)
        ]
    return TasteShop(make_sales(rows), _draw_embeddings(kind, kinds, rng), kind)


def shifting_tastes() -> list[tuple]:
    """For 120 days users buy what they love and some hits; then they buy nothing but hits."""
    rng = np.random.default_rng(2)
    rows = []
    for user in range(240):
        loved, hits = (rng.permutation(n) for n in (40, 24))
        for n, day in enumerate(np.sort(rng.uniform(0, 120, 9))):
            rows.append((f"u{user}", f"L{user % 6}-{loved[n]}", f"o{user}-{n}", day))
        for n, day in enumerate((*np.sort(rng.uniform(0, 120, 4)), *rng.uniform(121, 150, 3))):
            rows.append((f"u{user}", f"HIT{hits[n]}", f"h{user}-{n}", day))
    return rows


def _draw_embeddings(kind: dict[str, int], kinds: int, rng: np.random.Generator) -> ItemEmbeddings:
    centres = rng.normal(size=(kinds, 32))
    noise = 0.3 * rng.normal(size=(len(kind), 32))
    return make_embeddings(list(kind), centres[list(kind.values())] + noise)


def make_embeddings(skus: list[str], vectors) -> ItemEmbeddings:
    """Normalise any vectors."""
    rows = np.asarray(vectors, np.float64)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return ItemEmbeddings(skus, unit.astype(np.float32))


def noise_embeddings(skus: list[str], seed: int = 7) -> ItemEmbeddings:
    """Vectors without any information."""
    return make_embeddings(skus, np.random.default_rng(seed).normal(size=(len(skus), 32)))
