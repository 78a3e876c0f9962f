"""Sales files, and the customers and orders in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class SalesFile(ResponseModel):
    """An imported sales file."""

    id: str
    filename: str
    imported_at: datetime
    report: Mapping[str, Any]
    """Accepted and rejected rows, the times of the first and last order, and how it was read."""


@dataclass(frozen=True)
class RowExample(ResponseModel):
    """A row of a sales file that does not count; `text` is its beginning, if that is kept."""

    line: int
    text: str | None = None


@dataclass(frozen=True)
class RowReason(ResponseModel):
    """Why rows of a sales file do not count, how many there are, and the first of them."""

    reason: str
    rows: int
    examples: tuple[RowExample, ...] = ()


@dataclass(frozen=True)
class Purchase(ResponseModel):
    """An item that a customer has bought."""

    sku: str
    at: datetime


@dataclass(frozen=True)
class Customer(ResponseModel):
    """A customer of the shop, with the latest purchases."""

    user: str
    orders: int
    purchases: tuple[Purchase, ...] = ()


@dataclass(frozen=True)
class OrderedItem(ResponseModel):
    """An item of an order, and how many units of it the customer has kept."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Order(ResponseModel):
    """What a customer has bought in one order, on one day."""

    at: datetime
    items: tuple[OrderedItem, ...]
