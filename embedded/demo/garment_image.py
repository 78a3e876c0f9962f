"""Draws a garment: first the backdrop and the garment's shadow, then the cloth of each piece."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageEnhance

from embedded.demo import shading
from embedded.demo.fabric import PLAIN, Rgb, cloth, grain, shade
from embedded.demo.outline import (
    Cut,
    Fill,
    Mirror,
    Piece,
    Point,
    View,
    mirror_points,
    shapes,
    trace,
)

SIZE = (400, 533)
UNIT = SIZE[0] / 100  # pixels per unit of an outline
CLOTH_SIZE = (SIZE[0] * 3 // 2, SIZE[1] * 3 // 2)  # large enough to rotate and crop
BACKDROPS: tuple[Rgb, ...] = (
    (251, 250, 248), (241, 241, 243), (245, 239, 229),
    (231, 237, 242), (244, 233, 232), (229, 235, 227),
)  # fmt: skip
METAL: Rgb = (206, 200, 186)
SOLE: Rgb = (236, 233, 226)


@dataclass(frozen=True)
class Design:
    """Everything that determines how a garment looks, except pose and light."""

    cut: Cut
    colour: Rgb
    accent: Rgb
    trim: Rgb
    pattern: str
    period: float  # of the pattern, in units of an outline


@dataclass(frozen=True)
class Pose:
    """How an outline is placed in the image."""

    stretch: Point
    tilt: float
    shift: Point

    def place(self, points: list[Point]) -> list[Point]:
        """Convert points of the outline to pixels of the image."""
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        stretched = [(x * self.stretch[0], (y - 66) * self.stretch[1]) for x, y in points]
        return [
            ((x * cos - y * sin + 50 + self.shift[0]) * UNIT,
             (x * sin + y * cos + 66 + self.shift[1]) * UNIT)
            for x, y in stretched
        ]  # fmt: skip


def draw_garment(design: Design, view: View, rng: Random) -> Image.Image:
    """Return an image (RGB, SIZE) of one side, with random pose, light and backdrop."""
    pose = Pose(
        stretch=(rng.uniform(0.93, 1.05), rng.uniform(0.92, 1.0)),
        tilt=rng.gauss(0, 0.018),
        shift=(rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)),
    )
    pieces = [piece for piece in design.cut.pieces if piece.view in {view, View.BOTH}]
    masks = [_mask(piece, pose) for piece in pieces]
    wall = rng.choice(BACKDROPS)
    image = shading.backdrop(SIZE, wall)
    image.paste(shade(wall, 0.3), (0, 0), shading.drop_shadow(masks))
    _paint_pieces(image, design, zip(pieces, masks, strict=True), pose, rng)
    return _vary_exposure(image, rng)


def _paint_pieces(
    image: Image.Image,
    design: Design,
    pieces: Iterable[tuple[Piece, Image.Image]],
    pose: Pose,
    rng: Random,
) -> None:
    fabric = cloth(CLOTH_SIZE, design.colour, design.accent, design.pattern, design.period * UNIT)
    texture = ImageChops.multiply(grain(SIZE, rng), shading.folds(SIZE, rng))
    for piece, mask in pieces:
        box = mask.getbbox() or (0, 0, 0, 0)  # most pieces are small
        lighting = ImageChops.multiply(shading.roundness(mask, box), texture.crop(box))
        if piece.seams:
            lighting = ImageChops.multiply(lighting, _seams(piece, pose).crop(box))
        surface = _surface(design, piece, fabric).crop(box)
        image.paste(shading.apply_light(surface, lighting), box, mask.crop(box))


def _mask(piece: Piece, pose: Pose) -> Image.Image:
    return shading.mask(SIZE, [pose.place(shape) for shape in shapes(piece.path, piece.mirror)])


def _seams(piece: Piece, pose: Pose) -> Image.Image:
    lines = [trace(seam) for seam in piece.seams]
    if piece.mirror is not Mirror.NONE:
        lines += [mirror_points(line) for line in lines]
    return shading.seams(SIZE, [pose.place(line) for line in lines])


def _surface(design: Design, piece: Piece, fabric: Image.Image) -> Image.Image:
    if piece.fill is Fill.FABRIC and design.pattern != PLAIN:
        return _fit_pattern(fabric, piece)
    colours = {
        Fill.FABRIC: design.colour,
        Fill.PLAIN: shade(design.colour, 0.96),
        Fill.TRIM: design.trim,
        Fill.LINING: shade(design.colour, 0.55),
        Fill.SOLE: SOLE,
        Fill.METAL: METAL,
    }
    return Image.new("RGB", SIZE, colours[piece.fill])


def _fit_pattern(fabric: Image.Image, piece: Piece) -> Image.Image:
    if not piece.angle:
        return _rotated(fabric, 0)
    right = _rotated(fabric, piece.angle)
    if piece.mirror is Mirror.PAIR:
        left = (0, 0, SIZE[0] // 2, SIZE[1])
        right.paste(_rotated(fabric, -piece.angle).crop(left), left)
    return right


def _rotated(fabric: Image.Image, degrees: float) -> Image.Image:
    """Return the middle of the fabric, which is rotated clockwise around its centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    (x, y), (width, height) = (SIZE[0] / 2, SIZE[1] / 2), CLOTH_SIZE
    to_fabric = (cos, sin, width / 2 - cos * x - sin * y, -sin, cos, height / 2 + sin * x - cos * y)
    sampling = Image.Resampling.BICUBIC if degrees else Image.Resampling.NEAREST
    return fabric.transform(SIZE, Image.Transform.AFFINE, to_fabric, sampling)


def _vary_exposure(image: Image.Image, rng: Random) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.97, 1.05))
    return ImageEnhance.Color(image).enhance(rng.uniform(0.92, 1.08))
