"""Two sets of drawn pictures with classes, beside folders of photos: the demo shop's garments."""

from pathlib import Path

from embedded.demo.assortment import make_assortment, seeded
from embedded.demo.garment_image import Design, draw_garment
from embedded.demo.outline import View

KINDS, PRODUCTS = 600, 150
PICTURES = 4
SEED = 7


def draw_sets(folder: Path) -> list[Path]:
    """Draw both sets; return their folders, which have a subfolder for each class.

    In `drawn-kinds`, a class is a kind of garment in a colour; garments differ in cut and pattern.
    In `drawn-products`, a class is one garment, photographed four times with another pose, light
    and backdrop.
    """
    kinds, products = folder / "drawn-kinds", folder / "drawn-products"
    for number, garment in enumerate(make_assortment(KINDS, SEED)):
        path = kinds / f"{garment.kind}, {garment.colour}" / f"{number}.jpg"
        _draw(garment.design, path, number)
    for number, garment in enumerate(make_assortment(PRODUCTS, SEED + 1)):
        for picture in range(PICTURES):
            _draw(garment.design, products / f"{number}" / f"{picture}.jpg", number, picture)
    for single in [path for path in kinds.iterdir() if len(list(path.iterdir())) == 1]:
        next(single.iterdir()).unlink()  # it could find no other picture of its class
        single.rmdir()
    return [kinds, products]


def _draw(design: Design, path: Path, *names: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_garment(design, View.FRONT, seeded(SEED, *names)).save(path, quality=90)
