"""The eleven basic colours, and which colours in CIE Lab (D65) each of them stands for.

A colour has the name of the sample that is nearest in Lab. The samples are typical dyes of clothes
and goods; the eleven words are those of Berlin and Kay, "Basic Color Terms" (1969).
"""

from typing import NamedTuple

Lab = tuple[float, float, float]
"""Lightness from 0 to 100, and the axes from green to red and from blue to yellow."""


class BasicColour(NamedTuple):
    """A basic colour: its English name and samples of it, a typical one first."""

    name: str
    samples: tuple[Lab, ...]


COLOURS = (
    BasicColour("black", ((8, 0, 0), (18, 0, -2), (20, 2, 2))),
    BasicColour("grey", ((55, 0, 0), (35, 0, -2), (72, 0, 0), (45, 1, -5))),
    BasicColour("white", ((97, 0, 0), (90, 0, 1), (88, 1, -4), (92, 0, 6))),
    BasicColour("red", ((45, 65, 42), (35, 52, 30), (53, 78, 60), (25, 40, 20), (50, 60, 22))),
    BasicColour("orange", ((67, 42, 70), (58, 48, 58), (75, 28, 62), (62, 50, 48))),
    BasicColour("yellow", ((88, -4, 80), (82, 4, 60), (92, -6, 42), (75, 6, 66))),
    BasicColour(
        "green",
        ((50, -45, 35), (35, -25, 18), (75, -42, 40), (45, -12, 25), (62, -25, 8), (25, -12, 8),
         (80, -25, 20), (52, -14, 34)),
    ),
    BasicColour(
        "blue",
        ((40, 10, -45), (22, 6, -24), (60, -8, -32), (75, -12, -18), (30, 30, -68), (48, -4, -20),
         (55, -25, -18), (32, 0, -16), (18, 2, -10), (65, -2, -14)),
    ),
    BasicColour(
        "purple",
        ((35, 38, -38), (25, 25, -22), (55, 32, -30), (68, 18, -20), (45, 55, -48), (28, 28, -8)),
    ),
    BasicColour(
        "pink", ((75, 30, 0), (60, 58, -5), (85, 14, 4), (65, 42, 12), (52, 70, -12), (70, 28, 10))
    ),
    BasicColour(
        "brown",
        ((38, 16, 24), (25, 12, 15), (52, 14, 28), (66, 9, 24), (45, 25, 32), (78, 4, 16),
         (20, 6, 7)),
    ),
)  # fmt: skip
COLOUR_NAMES = tuple(colour.name for colour in COLOURS)
