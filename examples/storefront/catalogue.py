"""The shop's own data: products, stock and pictures. It works without Lookalike."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path


@dataclass(frozen=True)
class Product:
    """What the shop sells."""

    sku: str
    name: str
    kind: str
    price: str
    picture: Path


class Catalogue:
    """The products of a folder; a real shop reads its database instead.

    `items/items.csv` lists the products. `stock.csv`, with the columns `sku` and `availability`,
    may change at any time; a product that it does not list is in stock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._products: dict[str, Product] = {}
        for row in _read(folder / "items" / "items.csv"):
            product = _to_product(row, folder / "items")
            self._products.setdefault(product.sku, product)  # further rows have further pictures
        self._stock: tuple[int, Mapping[str, str]] = (0, {})

    def find(self, sku: str) -> Product | None:
        """Return a product; None if the shop does not have it, or hides it."""
        return None if self._states().get(sku) == "hidden" else self._products.get(sku)

    def products(self, skus: Iterable[str]) -> list[Product]:
        """Return products in the given order, without those that `find` does not find."""
        return [product for sku in skus if (product := self.find(sku))]

    def is_in_stock(self, sku: str) -> bool:
        """Return whether a product can be bought."""
        return sku in self._products and self._states().get(sku, "in_stock") == "in_stock"

    def kinds(self) -> list[str]:
        """Return the categories."""
        return sorted({product.kind for product in self._products.values()})

    def category(self, kind: str) -> list[Product]:
        """Return the products of a category that can be bought."""
        products = self._products.values()
        return [item for item in products if item.kind == kind and self.is_in_stock(item.sku)]

    def customers(self) -> list[str]:
        """Return some customers of the shop, to try it with."""
        return list(dict.fromkeys(
            row["md5email"] for row in islice(_read(self._folder / "sales.csv"), 5)
        ))  # fmt: skip

    def _states(self) -> Mapping[str, str]:
        """Return the availability of products by SKU; read the file again if it has changed."""
        path, (read_at, states) = self._folder / "stock.csv", self._stock
        changed_at = path.stat().st_mtime_ns if path.exists() else 0
        if changed_at != read_at:
            states = {row["sku"]: row["availability"] for row in _read(path)}
            self._stock = changed_at, states
        return states


def _read(path: Path) -> Iterable[dict[str, str]]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _to_product(row: Mapping[str, str], folder: Path) -> Product:
    return Product(row["sku"], row["name"], row["kind"], row["price"], folder / row["file"])
