"""Drawing one garment: the backdrop and a shadow, then part by part its cloth under a light."""

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageEnhance

from embedded.demo import light
from embedded.demo.fabric import PLAIN, Rgb, cloth, grain, shade
from embedded.demo.outline import Cut, Fill, Mirror, Part, Point, View, shapes, trace

SIZE = (400, 533)
UNIT = SIZE[0] / 100  # pixels in one unit of an outline
BOLT = (SIZE[0] * 3 // 2, SIZE[1] * 3 // 2)  # cloth to cut from, large enough to be turned
BACKDROPS: tuple[Rgb, ...] = (
    (251, 250, 248),
    (241, 241, 243),
    (245, 239, 229),
    (231, 237, 242),
    (244, 233, 232),
    (229, 235, 227),
)
METAL: Rgb = (206, 200, 186)
SOLE: Rgb = (236, 233, 226)


@dataclass(frozen=True)
class Design:
    """All that the look of a garment depends on, but for pose and light."""

    cut: Cut
    colour: Rgb
    accent: Rgb
    trim: Rgb
    pattern: str
    period: float  # of the pattern, in units of an outline


@dataclass(frozen=True)
class Pose:
    """How an outline is placed on the picture."""

    stretch: Point
    tilt: float
    shift: Point

    def place(self, points: list[Point]) -> list[Point]:
        """Return the points in pixels of the picture."""
        return [self._place(x * self.stretch[0], (y - 66) * self.stretch[1]) for x, y in points]

    def _place(self, x: float, y: float) -> Point:
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        return (
            (x * cos - y * sin + 50 + self.shift[0]) * UNIT,
            (x * sin + y * cos + 66 + self.shift[1]) * UNIT,
        )


def draw_garment(design: Design, view: View, rng: Random) -> Image.Image:
    """Return the picture (RGB, SIZE) of one side; pose, light and backdrop come from `rng`."""
    pose = Pose(
        stretch=(rng.uniform(0.93, 1.05), rng.uniform(0.92, 1.0)),
        tilt=rng.gauss(0, 0.018),
        shift=(rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)),
    )
    parts = [part for part in design.cut.parts if part.view in {view, View.BOTH}]
    masks = [_mask(part, pose) for part in parts]
    wall = rng.choice(BACKDROPS)
    image = light.backdrop(SIZE, wall)
    image.paste(shade(wall, 0.3), (0, 0), light.drop_shadow(masks))
    _dress(
        image, design, [(part, mask, pose) for part, mask in zip(parts, masks, strict=True)], rng
    )
    return _expose(image, rng)


def _dress(
    image: Image.Image, design: Design, pieces: list[tuple[Part, Image.Image, Pose]], rng: Random
) -> None:
    fabric = cloth(BOLT, design.colour, design.accent, design.pattern, design.period * UNIT)
    texture = ImageChops.multiply(grain(SIZE, rng), light.folds(SIZE, rng))
    for part, mask, pose in pieces:
        falls = ImageChops.multiply(light.roundness(mask), texture)
        if part.seams:
            falls = ImageChops.multiply(falls, _seams(part, pose))
        image.paste(light.times(_stuff(design, part, fabric), falls), (0, 0), mask)


def _mask(part: Part, pose: Pose) -> Image.Image:
    return light.mask(SIZE, [pose.place(shape) for shape in shapes(part.path, part.mirror)])


def _seams(part: Part, pose: Pose) -> Image.Image:
    lines = [trace(seam) for seam in part.seams]
    if part.mirror is not Mirror.NONE:
        lines += [[(-x, y) for x, y in line] for line in lines]
    return light.seams(SIZE, [pose.place(line) for line in lines])


def _stuff(design: Design, part: Part, fabric: Image.Image) -> Image.Image:
    if part.fill is Fill.FABRIC and design.pattern != PLAIN:
        return _laid(fabric, part)
    colours = {
        Fill.FABRIC: design.colour,
        Fill.PLAIN: shade(design.colour, 0.96),
        Fill.TRIM: design.trim,
        Fill.LINING: shade(design.colour, 0.55),
        Fill.SOLE: SOLE,
        Fill.METAL: METAL,
    }
    return Image.new("RGB", SIZE, colours[part.fill])


def _laid(fabric: Image.Image, part: Part) -> Image.Image:
    if not part.angle:
        return _turned(fabric, 0)
    right = _turned(fabric, part.angle)
    if part.mirror is Mirror.PAIR:
        left = (0, 0, SIZE[0] // 2, SIZE[1])
        right.paste(_turned(fabric, -part.angle).crop(left), left)
    return right


def _turned(fabric: Image.Image, degrees: float) -> Image.Image:
    left, top = (BOLT[0] - SIZE[0]) // 2, (BOLT[1] - SIZE[1]) // 2
    turned = fabric.rotate(-degrees, Image.Resampling.BICUBIC) if degrees else fabric
    return turned.crop((left, top, left + SIZE[0], top + SIZE[1]))


def _expose(image: Image.Image, rng: Random) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.97, 1.05))
    return ImageEnhance.Color(image).enhance(rng.uniform(0.92, 1.08))
