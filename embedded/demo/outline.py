"""Outlines of garments as SVG-like paths, and the pieces that a cut consists of.

The unit is a hundredth of the image's width: x from -50 to 50, y from 0 to 133.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

Point = tuple[float, float]

STEPS = 10  # straight pieces per curve; the error is below a pixel at our size


class Mirror(StrEnum):
    """How a path is completed to a shape."""

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
    seams: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Cut:
    """The shape of a garment: its pieces from back to front."""

    kind: str
    name: str
    pieces: tuple[Piece, ...]


def trace(path: str) -> list[Point]:
    """Return the points of a path of M, L, Q and C commands with absolute coordinates."""
    points: list[Point] = []
    for command, numbers in _commands(path):
        if command in "ML":
            points.extend(_pairs(numbers))
            continue
        order = {"Q": 2, "C": 3}[command]
        pairs = _pairs(numbers)
        for start in range(0, len(pairs), order):
            points.extend(_bezier([points[-1], *pairs[start : start + order]]))
    return points


def disc(x: float, y: float, radius: float) -> str:
    """Return the path of a circle."""
    left, right, top, bottom = x - radius, x + radius, y - radius, y + radius
    return (
        f"M {left} {y} Q {left} {top} {x} {top} Q {right} {top} {right} {y} "
        f"Q {right} {bottom} {x} {bottom} Q {left} {bottom} {left} {y}"
    )


def mirror_points(points: list[Point]) -> list[Point]:
    """Return the points mirrored at the vertical centre line."""
    return [(-x, y) for x, y in points]


def shapes(path: str, mirror: Mirror) -> list[list[Point]]:
    """Return the polygons of a piece's path; each M begins one."""
    traced = [trace(f"M {subpath}") for subpath in path.split("M ")[1:]]
    if mirror is Mirror.NONE:
        return traced
    if mirror is Mirror.PAIR:
        return traced + [mirror_points(points) for points in traced]
    return [points + mirror_points(points)[::-1] for points in traced]


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    command, numbers = "", list[float]()
    for word in path.split():
        if word.isalpha():
            if command:
                yield command, numbers
            command, numbers = word, []
        else:
            numbers.append(float(word))
    yield command, numbers


def _pairs(numbers: list[float]) -> list[Point]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _bezier(control: list[Point]) -> Iterator[Point]:
    for step in range(1, STEPS + 1):
        yield _casteljau(control, step / STEPS)


def _casteljau(control: list[Point], t: float) -> Point:
    while len(control) > 1:
        control = [
            (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(control)
        ]
    return control[0]
