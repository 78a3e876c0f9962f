"""The garments of the demo shop and their rows in the manifest."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from embedded.demo.accessories import ACCESSORIES
from embedded.demo.bottoms import BOTTOMS
from embedded.demo.fabric import COLOURS, PATTERNS, PLAIN, Rgb, shade
from embedded.demo.garment_image import Design
from embedded.demo.outline import Cut, View
from embedded.demo.tops import TOPS

CUTS = TOPS + BOTTOMS + ACCESSORIES
MAX_GARMENTS = 1500  # with more, new combinations become rare
TWO_SIDED_EVERY = 5  # one garment in this many has an image of its back, too
MANIFEST_COLUMNS = ("sku", "file", "view", "kind", "colour", "pattern", "price", "name")

# prefix of the SKU and typical price of each kind
_KINDS = {
    "t-shirt": ("TS", 19), "shirt": ("SH", 39), "sweater": ("SW", 49), "jacket": ("JA", 89),
    "coat": ("CO", 139), "dress": ("DR", 59), "trousers": ("TR", 49), "shorts": ("SO", 29),
    "skirt": ("SK", 35), "hat": ("HA", 24), "shoes": ("FW", 79), "bag": ("BA", 65),
    "scarf": ("SC", 22), "socks": ("SX", 9),
}  # fmt: skip
_ADJECTIVES = {
    "plain": "", "stripes": "striped", "pinstripes": "pinstriped", "checks": "checked",
    "dots": "dotted", "diamonds": "diamond", "zigzag": "zigzag", "flowers": "flowered",
    "block": "colour-block",
}  # fmt: skip


@dataclass(frozen=True)
class Garment:
    """An item of the shop with its attributes."""

    sku: str
    colour: str
    price: float
    views: tuple[View, ...]
    design: Design

    @property
    def kind(self) -> str:
        """The kind of garment, such as "dress"."""
        return self.design.cut.kind

    @property
    def cut(self) -> str:
        """The kind with its cut, such as "flared dress"."""
        return f"{self.design.cut.name} {self.kind}".strip()

    @property
    def pattern(self) -> str:
        """The pattern of the cloth, such as "stripes"."""
        return self.design.pattern

    @property
    def name(self) -> str:
        """The name that customers see."""
        words = (self.colour, _ADJECTIVES[self.pattern], self.cut)
        return " ".join(word for word in words if word).capitalize()

    @property
    def files(self) -> dict[str, View]:
        """The view that each image shows, by the image's path."""
        if len(self.views) == 1:
            return {f"{self.sku}.jpg": View.FRONT}
        return {f"{self.sku}/{view}.jpg": view for view in self.views}

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows of the manifest, one for each image."""
        for file, view in self.files.items():
            yield (
                self.sku, file, view, self.kind, self.colour, self.pattern, f"{self.price:.2f}",
                self.name,
            )  # fmt: skip


def seeded(*names: object) -> Random:
    """Return a random number generator whose seed consists of the names."""
    return Random("/".join(map(str, names)))  # noqa: S311 - not for security


def make_assortment(count: int, seed: int) -> list[Garment]:
    """Return garments that all differ from each other and from the garment to search for."""
    rng = seeded(seed, "catalogue")
    query = make_query(seed)
    used = {_key(query.colour, query.design)}
    garments: list[Garment] = []
    while len(garments) < count:
        colour, design = _design(rng, CUTS[len(garments) % len(CUTS)])
        if _key(colour, design) not in used:
            used.add(_key(colour, design))
            garments.append(_garment(len(garments) + 1, colour, design, rng))
    return garments


def make_query(seed: int) -> Garment:
    """Return the garment to search for: a striped dress, which the shop does not have."""
    cut = next(cut for cut in CUTS if (cut.kind, cut.name) == ("dress", "flared"))
    red, white = COLOURS["red"], COLOURS["white"]
    design = Design(cut, red, accent=white, trim=white, pattern="stripes", period=8)
    return _garment(0, "red", design, seeded(seed, "query"))


def _garment(number: int, colour: str, design: Design, rng: Random) -> Garment:
    prefix, price = _KINDS[design.cut.kind]
    two_sided = design.cut not in ACCESSORIES and rng.randrange(TWO_SIDED_EVERY) == 0
    return Garment(
        sku=f"{prefix}-{number:04}",
        colour=colour,
        price=round(price * rng.uniform(0.7, 1.6)) + 0.95,
        views=(View.FRONT, View.BACK) if two_sided else (View.FRONT,),
        design=design,
    )


def _design(rng: Random, cut: Cut) -> tuple[str, Design]:
    colour = rng.choice(list(COLOURS))
    cloth = COLOURS[colour]
    accent = rng.choice([other for other in COLOURS.values() if _contrast(cloth, other) > 60])
    pattern = PLAIN if rng.random() < 0.4 else rng.choice(list(PATTERNS))
    trim = rng.choice((shade(cloth, 0.78), shade(cloth, 0.78), accent))
    return colour, Design(cut, cloth, accent, trim, pattern, period=rng.uniform(6.5, 11))


def _contrast(first: Rgb, second: Rgb) -> float:
    red, green, blue = (abs(a - b) for a, b in zip(first, second, strict=True))
    return 0.3 * red + 0.59 * green + 0.11 * blue


def _key(colour: str, design: Design) -> tuple[str, ...]:
    return design.cut.kind, design.cut.name, colour, design.pattern
