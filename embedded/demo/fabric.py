"""Colours and patterns of cloth."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

Rgb = tuple[int, int, int]
Size = tuple[int, int]

COLOURS: dict[str, Rgb] = {
    "white": (240, 239, 234), "black": (42, 42, 46), "grey": (142, 146, 151),
    "beige": (212, 190, 158), "brown": (122, 82, 54), "red": (193, 39, 45), "pink": (236, 150, 172),
    "orange": (229, 124, 46), "yellow": (240, 200, 70), "green": (62, 128, 80),
    "teal": (34, 128, 134), "blue": (64, 116, 190), "navy": (36, 50, 92), "purple": (118, 76, 148),
}  # fmt: skip
PLAIN = "plain"
SUPERSAMPLE = 2  # patterns and outlines are drawn this many times larger, then reduced

_Painter = Callable[[ImageDraw.ImageDraw, Size, Rgb, float], None]


def shade(colour: Rgb, factor: float) -> Rgb:
    """Return the colour, darkened by a factor below 1 or brightened by a factor above 1."""
    red, green, blue = (min(255, round(channel * factor)) for channel in colour)
    return red, green, blue


def cloth(size: Size, colour: Rgb, accent: Rgb, pattern: str, unit: float) -> Image.Image:
    """Return an image filled with the pattern; `unit` is the pattern's period in pixels."""
    large = (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE)
    image = Image.new("RGB", large, colour)
    if pattern != PLAIN:
        PATTERNS[pattern](ImageDraw.Draw(image, "RGBA"), large, accent, unit * SUPERSAMPLE)
    return image.reduce(SUPERSAMPLE)


def grain(size: Size, rng: Random, depth: int = 12) -> Image.Image:
    """Return noise that looks like weave: grey levels from `255 - depth` to 255."""
    coarse = (size[0] // 2 + 1, size[1] // 2 + 1)
    noise = Image.frombytes("L", coarse, rng.randbytes(coarse[0] * coarse[1]))
    return noise.point(lambda level: 255 - level * depth // 255).resize(
        size, Image.Resampling.BILINEAR
    )


def _steps(length: int, unit: float) -> list[float]:
    return [unit * index for index in range(-2, math.ceil(length / unit) + 2)]


def _stripes(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    for y in _steps(size[1], unit):
        draw.rectangle((0, y, size[0], y + unit * 0.45), fill=accent)


def _pinstripes(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    for x in _steps(size[0], unit * 0.6):
        draw.rectangle((x, 0, x + unit * 0.1, size[1]), fill=accent)


def _checks(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    for x in _steps(size[0], unit):
        draw.rectangle((x, 0, x + unit * 0.42, size[1]), fill=(*accent, 130))
    for y in _steps(size[1], unit):
        draw.rectangle((0, y, size[0], y + unit * 0.42), fill=(*accent, 130))


def _dots(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    for row, y in enumerate(_steps(size[1], unit * 0.75)):
        for x in _steps(size[0], unit):
            draw.circle((x + unit / 2 * (row % 2), y), unit * 0.24, fill=accent)


def _diamonds(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    for row, y in enumerate(_steps(size[1], unit * 0.9)):
        for x in _steps(size[0], unit * 1.2):
            cx = x + unit * 0.6 * (row % 2)
            draw.polygon(
                [(cx - unit * 0.42, y), (cx, y - unit * 0.7), (cx + unit * 0.42, y),
                 (cx, y + unit * 0.7)], fill=accent,
            )  # fmt: skip


def _zigzag(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    xs = _steps(size[0], unit / 2)
    for y in _steps(size[1], unit):
        line = [(x, y + (unit * 0.35 if index % 2 else 0)) for index, x in enumerate(xs)]
        draw.line(line, fill=accent, width=round(unit * 0.28), joint="curve")


def _flowers(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    rng = Random(17)  # noqa: S311 - not for security
    for y in _steps(size[1], unit * 1.1):
        for x in _steps(size[0], unit * 1.1):
            centre = (x + rng.uniform(-0.3, 0.3) * unit, y + rng.uniform(-0.3, 0.3) * unit)
            _flower(draw, centre, unit * rng.uniform(0.2, 0.3), accent)


def _flower(
    draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, accent: Rgb
) -> None:
    for petal in range(5):
        angle = petal * math.tau / 5
        x, y = centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
        draw.circle((x, y), radius * 0.7, fill=accent)
    draw.circle(centre, radius * 0.5, fill=COLOURS["yellow"])


def _block(draw: ImageDraw.ImageDraw, size: Size, accent: Rgb, unit: float) -> None:
    draw.rectangle((0, size[1] * 0.5, size[0], size[1] * 0.5 + unit * 4), fill=accent)


PATTERNS: dict[str, _Painter] = {
    "stripes": _stripes,
    "pinstripes": _pinstripes,
    "checks": _checks,
    "dots": _dots,
    "diamonds": _diamonds,
    "zigzag": _zigzag,
    "flowers": _flowers,
    "block": _block,
}
