"""Light and shadow as grey images that darken colours: roundness, folds, seams, drop shadow."""

from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from embedded.demo.fabric import SUPERSAMPLE, Rgb, Size
from embedded.demo.outline import Point

Polygon = list[Point]
Box = tuple[int, int, int, int]

_REACH = 9 + 7 + 4  # pixels; how far blurs and light carry the edge of a piece


def mask(size: Size, polygons: list[Polygon]) -> Image.Image:
    """Return an image that is white inside the polygons (in pixels of `size`) and black outside."""
    image = _large("L", size, 0)
    draw = ImageDraw.Draw(image)
    for polygon in polygons:
        draw.polygon([(x * SUPERSAMPLE, y * SUPERSAMPLE) for x, y in polygon], fill=255)
    return image.reduce(SUPERSAMPLE)


def seams(size: Size, lines: list[Polygon]) -> Image.Image:
    """Return a light map that is slightly darker along the lines."""
    image = _large("L", size, 255)
    draw = ImageDraw.Draw(image)
    for line in lines:
        points = [(x * SUPERSAMPLE, y * SUPERSAMPLE) for x, y in line]
        draw.line(points, fill=150, width=round(1.6 * SUPERSAMPLE), joint="curve")
    return image.reduce(SUPERSAMPLE)


def roundness(piece: Image.Image, box: Box) -> Image.Image:
    """Return the light map of a box, lit from the upper left and darker towards the piece's edges.

    The box contains the whole piece.
    """
    left, top, right, bottom = box
    surroundings = (left - _REACH, top - _REACH, right + _REACH, bottom + _REACH)
    soft = piece.crop(surroundings).filter(ImageFilter.BoxBlur(9)).filter(ImageFilter.BoxBlur(7))
    x, y = _REACH + 3, _REACH + 4
    lit = soft.crop((x, y, x + right - left, y + bottom - top))
    return lit.point(lambda level: 150 + level * 105 // 255)


def folds(size: Size, rng: Random) -> Image.Image:
    """Return a light map of the soft creases of hanging cloth."""
    small = (size[0] // 4, size[1] // 4)
    image = Image.new("L", small, 243)
    draw = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = rng.uniform(0.2, 0.8) * small[0], rng.uniform(0.1, 0.8) * small[1]
        end = (x + rng.uniform(-0.12, 0.12) * small[0], y + rng.uniform(0.15, 0.4) * small[1])
        draw.line([(x, y), end], fill=rng.choice((212, 222, 255, 255)), width=rng.randint(3, 6))
    return image.filter(ImageFilter.GaussianBlur(3)).resize(size, Image.Resampling.BICUBIC)


def drop_shadow(masks: list[Image.Image]) -> Image.Image:
    """Return the shadow that the pieces cast on the backdrop: 0 in pixels without shadow."""
    silhouette = masks[0]
    for piece in masks[1:]:
        silhouette = ImageChops.lighter(silhouette, piece)
    soft = ImageChops.offset(silhouette, 7, 10).filter(ImageFilter.BoxBlur(11))
    return soft.filter(ImageFilter.BoxBlur(9)).point(lambda level: level * 4 // 10)


def backdrop(size: Size, colour: Rgb) -> Image.Image:
    """Return an image of a studio wall, brighter in the middle and darker at the bottom."""
    return apply_light(Image.new("RGB", size, colour), _studio_light(size))


@cache
def _studio_light(size: Size) -> Image.Image:
    glow = Image.radial_gradient("L").point(lambda level: 255 - level * 16 // 255).resize(size)
    floor = Image.linear_gradient("L").point(lambda level: 255 - level * 10 // 255).resize(size)
    return ImageChops.multiply(glow, floor)


def apply_light(image: Image.Image, light: Image.Image) -> Image.Image:
    """Return the coloured image multiplied by the grey light map."""
    return ImageChops.multiply(image, Image.merge("RGB", [light] * 3))


def _large(mode: str, size: Size, level: int) -> Image.Image:
    return Image.new(mode, (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE), level)
