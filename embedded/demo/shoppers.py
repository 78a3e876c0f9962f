"""Made-up shoppers with tastes, and what they bought: the demo shop's sales file."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from embedded.demo.assortment import Item, seeded

SALES_COLUMNS = ("md5email", "sku", "order_id", "zip", "country", "created_at")
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 184
SHOPPERS = 1200
UNSOLD = 12  # the newest items: nobody has bought them yet
OPENING = 0.5  # of what is sold is there on the first day
FRESH_DAYS = 21  # what is new is shown first for about so long
LONG_TAIL = 0.8  # the spread of popularity's logarithm
TRAITS = {"kind": 1, "cut": 3, "colour": 1, "pattern": 1}  # so many are a shopper's own taste
TYPICAL_LINES = 4.5  # the median of a shopper's purchases; the mean is a third higher


@dataclass(frozen=True)
class Region:
    """A place, and what sells better there than elsewhere."""

    country: str
    prefix: str
    loved: frozenset[str]  # kinds and colours


@dataclass(frozen=True)
class Shopper:
    """A customer: where they live and what they like, of all traits."""

    email: str
    zip: str
    region: Region
    liked: frozenset[str]

    @property
    def user(self) -> str:
        """The name in the sales file."""
        return hashlib.md5(self.email.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Offer:
    """An item in the shop: since which day, and how well it sells whatever the taste."""

    item: Item
    day: float
    popularity: float


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
    offers = _offers(items[: len(items) - UNSOLD], seed)
    orders = [
        order
        for number in range(SHOPPERS)
        for order in _orders(offers, seeded(seed, "shopper", number), number)
    ]
    for number, order in enumerate(
        sorted(orders, key=lambda order: (order.at, order.shopper.email))
    ):
        yield from _lines(order, f"O-{100_001 + number}")


def _offers(items: list[Item], seed: int) -> list[Offer]:
    """The first items open the shop; the others come in one by one."""
    opening = round(OPENING * len(items))
    step = DAYS / (len(items) - opening)
    return [
        Offer(
            item,
            day=step * max(place - opening, 0),
            popularity=seeded(seed, "popularity", item.sku).lognormvariate(0, LONG_TAIL),
        )
        for place, item in enumerate(items)
    ]


def _orders(offers: list[Offer], rng: Random, number: int) -> Iterator[Order]:
    shopper = _shopper([offer.item for offer in offers], rng, number)
    lines = min(60, max(1, round(rng.lognormvariate(math.log(TYPICAL_LINES), 0.75))))
    bought: set[str] = set()
    for day, size in sorted(_visits(lines, rng)):
        there = [one for one in offers if one.day <= day and one.item.sku not in bought]
        if skus := _basket(there, day, shopper, rng)[:size]:
            bought.update(skus)
            yield Order(shopper, FIRST_DAY + timedelta(days=day), tuple(skus))


def _visits(lines: int, rng: Random) -> Iterator[tuple[float, int]]:
    """The day of each order, and how many lines it has."""
    while lines > 0:
        size = min(lines, rng.choice((1, 1, 2, 2, 3, 4)))
        yield rng.uniform(0, DAYS), size
        lines -= size


def _shopper(items: list[Item], rng: Random, number: int) -> Shopper:
    region = rng.choice(REGIONS)
    own = [
        liked
        for trait, count in TRAITS.items()
        for liked in _some({getattr(item, trait) for item in items}, count, rng)
    ]
    liked = rng.choice(STYLES) | set(own)
    zip_code = f"{region.prefix}{rng.randrange(1000):03}"
    return Shopper(f"shopper{number}@example.com", zip_code, region, liked)


def _some(traits: set[str], count: int, rng: Random) -> list[str]:
    return rng.sample(sorted(traits), min(count, len(traits)))


def _basket(offers: list[Offer], day: float, shopper: Shopper, rng: Random) -> list[str]:
    """Draw without putting back: the likelier, the sooner its exponential clock rings."""
    rings = [(rng.expovariate(_appeal(one, day, shopper)), one.item.sku) for one in offers]
    return [sku for _, sku in sorted(rings)]


def _appeal(offer: Offer, day: float, shopper: Shopper) -> float:
    traits = {getattr(offer.item, trait) for trait in TRAITS}
    taste = 6.0 ** len(traits & shopper.liked) * 2.0 ** len(traits & shopper.region.loved)
    novelty = 1 + 2 * math.exp((offer.day - day) / FRESH_DAYS) if offer.day else 1
    return offer.popularity * novelty * taste


def _lines(order: Order, number: str) -> Iterator[tuple[str, ...]]:
    at = order.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for sku in order.skus:
        yield order.shopper.user, sku, number, order.shopper.zip, order.shopper.region.country, at
