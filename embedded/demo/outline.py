"""Outlines of garments as SVG-like paths, and the pieces that a cut consists of.

The unit is a hundredth of the image's width: x from -50 to 50, y from 0 to 133.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]

STEPS = 10  # straight lines per curve; the error is below a pixel at our size


class Mirror(StrEnum):
    """How a path becomes one shape or two."""

    HALF = "half"  # the path is the right half of a shape, from its top centre to its bottom
    PAIR = "pair"  # the path and its mirror image are two shapes
    NONE = "none"


class Fill(StrEnum):
    """The material of a piece."""

    FABRIC = "fabric"
    PLAIN = "plain"  # the fabric's colour without its pattern
    TRIM = "trim"  # the second colour
    LINING = "lining"  # the inside, in shadow
    SOLE = "sole"
    METAL = "metal"


class View(StrEnum):
    """The side from which a piece is visible."""

    FRONT = "front"
    BACK = "back"
    BOTH = "both"


@dataclass(frozen=True)
class Piece:
    """A piece of a garment, painted over the pieces before it, with `seams` drawn on it."""

    path: str
    fill: Fill = Fill.FABRIC
    mirror: Mirror = Mirror.HALF
    view: View = View.BOTH
    angle: float = 0  # rotation of the pattern in degrees, clockwise on the right side
    seams: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cut:
    """The shape of a garment: its pieces from back to front."""

    kind: str
    name: str
    pieces: tuple[Piece, ...]


def trace(path: str) -> list[Point]:
    """Return the points of a path of M, L and Q commands with absolute coordinates."""
    points: list[Point] = []
    for command, arguments in re.findall(r"([MLQ])([^MLQ]+)", path):
        x, y, *end = map(float, arguments.split())
        if command == "Q":
            points.extend(_curve(points[-1], (x, y), (end[0], end[1])))
        else:
            points.append((x, y))
    return points


def disc(x: float, y: float, radius: float) -> str:
    """Return the path of a circle."""
    left, right, top, bottom = x - radius, x + radius, y - radius, y + radius
    return (
        f"M {left} {y} Q {left} {top} {x} {top} Q {right} {top} {right} {y} "
        f"Q {right} {bottom} {x} {bottom} Q {left} {bottom} {left} {y}"
    )


def mirror_points(points: list[Point]) -> list[Point]:
    """Return the points mirrored about the vertical centre line."""
    return [(-x, y) for x, y in points]


def shapes(path: str, mirror: Mirror) -> list[list[Point]]:
    """Return the polygons of a piece's path; each M command begins a new polygon."""
    traced = [trace(f"M {subpath}") for subpath in path.split("M ")[1:]]
    if mirror is Mirror.NONE:
        return traced
    if mirror is Mirror.PAIR:
        return traced + [mirror_points(points) for points in traced]
    return [points + mirror_points(points)[::-1] for points in traced]


def _curve(start: Point, control: Point, end: Point) -> Iterator[Point]:
    """Yield the points of a quadratic Bézier curve by De Casteljau's algorithm."""
    for step in range(1, STEPS + 1):
        t = step / STEPS
        yield _between(_between(start, control, t), _between(control, end, t), t)


def _between(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
