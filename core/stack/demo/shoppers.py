"""Made-up shoppers with tastes, and what they bought: the demo shop's sales file."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from core.stack.demo.catalogue import Item, seeded

SALES_COLUMNS = ("md5email", "sku", "order_id", "zip", "country", "created_at")
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 184
SHOPPERS = 400
UNSOLD = 12  # the newest items: nobody has bought them yet
TRAITS = ("kind", "colour", "pattern")
TYPICAL_LINES = 11.5  # the median of a shopper's purchases; the mean is a third higher


@dataclass(frozen=True)
class Region:
    """A place, and what sells better there than elsewhere."""

    country: str
    prefix: str
    loved: frozenset[str]  # kinds and colours


@dataclass(frozen=True)
class Shopper:
    """A customer: where they live and what they like, of kinds, colours and patterns."""

    email: str
    zip: str
    region: Region
    liked: frozenset[str]

    @property
    def user(self) -> str:
        """The name in the sales file."""
        return hashlib.md5(self.email.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Order:
    """What one shopper bought at one time."""

    shopper: Shopper
    at: datetime
    skus: tuple[str, ...]


REGIONS = (
    Region("DE", "20", frozenset({"coat", "sweater", "navy", "grey"})),
    Region("DE", "80", frozenset({"jacket", "hat", "green"})),
    Region("FR", "75", frozenset({"dress", "scarf", "black"})),
    Region("FR", "13", frozenset({"shorts", "t-shirt", "yellow", "white"})),
    Region("IT", "20", frozenset({"shoes", "bag", "red"})),
    Region("ES", "28", frozenset({"skirt", "shirt", "orange"})),
    Region("NL", "10", frozenset({"trousers", "socks", "orange", "teal"})),
)
STYLES = (
    frozenset({"t-shirt", "sweater", "shoes", "hat", "black", "grey", "block"}),
    frozenset({"shirt", "jacket", "trousers", "coat", "navy", "white", "pinstripes"}),
    frozenset({"dress", "skirt", "bag", "pink", "red", "flowers", "dots"}),
    frozenset({"shorts", "t-shirt", "bag", "blue", "yellow", "orange", "stripes"}),
    frozenset({"coat", "scarf", "sweater", "brown", "beige", "green", "checks"}),
    frozenset({"skirt", "socks", "hat", "scarf", "purple", "teal", "zigzag", "diamonds"}),
)


def make_sales(items: list[Item], seed: int) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the sales file, oldest first."""
    sold = items[: len(items) - UNSOLD]
    orders = [
        order
        for number in range(SHOPPERS)
        for order in _orders(sold, seeded(seed, "shopper", number), number)
    ]
    for number, order in enumerate(
        sorted(orders, key=lambda order: (order.at, order.shopper.email))
    ):
        yield from _lines(order, f"O-{100_001 + number}")


def _orders(items: list[Item], rng: Random, number: int) -> Iterator[Order]:
    shopper = _shopper(items, rng, number)
    skus = _basket(items, shopper, rng)
    while skus:
        size = min(len(skus), rng.choice((1, 1, 2, 2, 3, 4)))
        second = rng.randrange(DAYS * 86_400)
        yield Order(shopper, FIRST_DAY + timedelta(seconds=second), tuple(skus[:size]))
        skus = skus[size:]


def _shopper(items: list[Item], rng: Random, number: int) -> Shopper:
    region = rng.choice(REGIONS)
    own = [rng.choice(sorted({getattr(item, trait) for item in items})) for trait in TRAITS]
    liked = rng.choice(STYLES) | set(own)
    zip_code = f"{region.prefix}{rng.randrange(1000):03}"
    return Shopper(f"shopper{number}@example.com", zip_code, region, liked)


def _basket(items: list[Item], shopper: Shopper, rng: Random) -> list[str]:
    """Draw without putting back: the likelier, the sooner its exponential clock rings."""
    rings = [
        (rng.expovariate(_appeal(rank, item, shopper)), item.sku) for rank, item in enumerate(items)
    ]
    lines = min(60, max(1, round(rng.lognormvariate(math.log(TYPICAL_LINES), 0.75))))
    return [sku for _, sku in sorted(rings)[:lines]]


def _appeal(rank: int, item: Item, shopper: Shopper) -> float:
    traits = {item.kind, item.colour, item.pattern}
    # Every item has its own popularity; 37 spreads it over the kinds, which come in turn.
    popularity = 1 / (8 + (rank * 37) % 101)
    taste = 6.0 ** len(traits & shopper.liked) * 2.0 ** len(traits & shopper.region.loved)
    return popularity * taste


def _lines(order: Order, number: str) -> Iterator[tuple[str, ...]]:
    at = order.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for sku in order.skus:
        yield order.shopper.user, sku, number, order.shopper.zip, order.shopper.region.country, at
