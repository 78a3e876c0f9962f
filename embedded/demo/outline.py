"""Outlines as text in the manner of SVG paths, and the parts that a garment's cut is made of.

Coordinates are in units of a hundredth of the picture's width: x from -50 to 50, y from 0 to 133.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

Point = tuple[float, float]

STEPS = 10  # straight pieces per curve: below a pixel at the size we draw


class Mirror(StrEnum):
    """How a path becomes a whole shape."""

    HALF = "half"  # the path is the right half of one shape, from its top centre to its bottom
    PAIR = "pair"  # the path and its mirror image are two shapes
    NONE = "none"


class Fill(StrEnum):
    """What a part is made of."""

    FABRIC = "fabric"
    PLAIN = "plain"  # the fabric's colour without its pattern
    TRIM = "trim"  # the second colour
    LINING = "lining"  # the inside, in shadow
    SOLE = "sole"
    METAL = "metal"


class View(StrEnum):
    """The side a part can be seen from."""

    FRONT = "front"
    BACK = "back"
    BOTH = "both"


@dataclass(frozen=True)
class Part:
    """A piece of a garment, painted over the pieces before it; `seams` are drawn on it."""

    path: str
    fill: Fill = Fill.FABRIC
    mirror: Mirror = Mirror.HALF
    view: View = View.BOTH
    angle: float = 0  # degrees that the pattern turns, clockwise on the right side
    seams: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Cut:
    """The form of a garment: its parts from back to front."""

    kind: str
    name: str
    parts: tuple[Part, ...]


def trace(path: str) -> list[Point]:
    """Return the points of a path made of M, L, Q and C with absolute coordinates."""
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
    """Return the path of a round piece."""
    left, right, top, bottom = x - radius, x + radius, y - radius, y + radius
    return (
        f"M {left} {y} Q {left} {top} {x} {top} Q {right} {top} {right} {y} "
        f"Q {right} {bottom} {x} {bottom} Q {left} {bottom} {left} {y}"
    )


def mirrored(points: list[Point]) -> list[Point]:
    """Return the points seen in a mirror that stands on the vertical centre line."""
    return [(-x, y) for x, y in points]


def shapes(path: str, mirror: Mirror) -> list[list[Point]]:
    """Return the polygons that a part's path stands for; each M begins one."""
    traced = [trace(f"M {piece}") for piece in path.split("M ")[1:]]
    if mirror is Mirror.NONE:
        return traced
    if mirror is Mirror.PAIR:
        return traced + [mirrored(points) for points in traced]
    return [points + mirrored(points)[::-1] for points in traced]


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
