"""Simulated shoppers with tastes, and their purchases: the sales file of the demo shop."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from embedded.demo.assortment import Garment, seeded

SALES_COLUMNS = ("md5email", "sku", "order_id", "zip", "country", "created_at")
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 184
SHOPPERS = 1200
UNSOLD = 12  # number of the newest garments, which nobody has bought yet
OPENING_SHARE = 0.5  # share of the sold garments that are available on the first day
NOVELTY_DAYS = 21  # time constant with which the appeal of a new garment decays
POPULARITY_SIGMA = 0.8  # standard deviation of the logarithm of popularity
TRAITS = {"kind": 1, "cut": 3, "colour": 1, "pattern": 1}  # liked values beyond the style
MEDIAN_LINES = 4.5  # median of a shopper's purchases; the mean is a third higher


@dataclass(frozen=True)
class Region:
    """A postal region, and the traits that sell better there than elsewhere."""

    country: str
    prefix: str
    favourites: frozenset[str]  # kinds and colours


@dataclass(frozen=True)
class Shopper:
    """A customer with an address and the traits that the customer likes."""

    email: str
    zip: str
    region: Region
    liked: frozenset[str]

    @property
    def user(self) -> str:
        """The user name in the sales file."""
        return hashlib.md5(self.email.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Offer:
    """A garment that the shop sells from a given day on, and its popularity regardless of taste."""

    garment: Garment
    day: float
    popularity: float


@dataclass(frozen=True)
class Order:
    """The items that a shopper bought at one time."""

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


def make_sales(garments: list[Garment], seed: int) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the sales file, oldest first."""
    offers = _offers(garments[: len(garments) - UNSOLD], seed)
    orders = [
        order
        for number in range(SHOPPERS)
        for order in _orders(offers, seeded(seed, "shopper", number), number)
    ]
    for number, order in enumerate(
        sorted(orders, key=lambda order: (order.at, order.shopper.email))
    ):
        yield from _lines(order, f"O-{100_001 + number}")


def _offers(garments: list[Garment], seed: int) -> list[Offer]:
    """Offer half of the garments from the first day, and add the rest one by one later."""
    opening = round(OPENING_SHARE * len(garments))
    step = DAYS / (len(garments) - opening)
    return [
        Offer(
            garment,
            day=step * max(number - opening, 0),
            popularity=seeded(seed, "popularity", garment.sku).lognormvariate(0, POPULARITY_SIGMA),
        )
        for number, garment in enumerate(garments)
    ]


def _orders(offers: list[Offer], rng: Random, number: int) -> Iterator[Order]:
    shopper = _shopper([offer.garment for offer in offers], rng, number)
    lines = min(60, max(1, round(rng.lognormvariate(math.log(MEDIAN_LINES), 0.75))))
    bought: set[str] = set()
    for day, size in sorted(_visits(lines, rng)):
        candidates = [
            offer for offer in offers if offer.day <= day and offer.garment.sku not in bought
        ]
        if skus := _basket(candidates, day, shopper, rng)[:size]:
            bought.update(skus)
            yield Order(shopper, FIRST_DAY + timedelta(days=day), tuple(skus))


def _visits(lines: int, rng: Random) -> Iterator[tuple[float, int]]:
    """Yield the day and the number of lines of each order."""
    while lines > 0:
        size = min(lines, rng.choice((1, 1, 2, 2, 3, 4)))
        yield rng.uniform(0, DAYS), size
        lines -= size


def _shopper(garments: list[Garment], rng: Random, number: int) -> Shopper:
    region = rng.choice(REGIONS)
    own = [
        value
        for trait, count in TRAITS.items()
        for value in _sample({getattr(garment, trait) for garment in garments}, count, rng)
    ]
    liked = rng.choice(STYLES) | set(own)
    zip_code = f"{region.prefix}{rng.randrange(1000):03}"
    return Shopper(f"shopper{number}@example.com", zip_code, region, liked)


def _sample(values: set[str], count: int, rng: Random) -> list[str]:
    return rng.sample(sorted(values), min(count, len(values)))


def _basket(offers: list[Offer], day: float, shopper: Shopper, rng: Random) -> list[str]:
    """Draw SKUs by exponential waiting times, shortest first; the rate is the SKU's appeal."""
    waits = [(rng.expovariate(_appeal(offer, day, shopper)), offer.garment.sku) for offer in offers]
    return [sku for _, sku in sorted(waits)]


def _appeal(offer: Offer, day: float, shopper: Shopper) -> float:
    traits = {getattr(offer.garment, trait) for trait in TRAITS}
    taste = 6.0 ** len(traits & shopper.liked) * 2.0 ** len(traits & shopper.region.favourites)
    novelty = 1 + 2 * math.exp((offer.day - day) / NOVELTY_DAYS) if offer.day else 1
    return offer.popularity * novelty * taste


def _lines(order: Order, number: str) -> Iterator[tuple[str, ...]]:
    at = order.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for sku in order.skus:
        yield order.shopper.user, sku, number, order.shopper.zip, order.shopper.region.country, at
