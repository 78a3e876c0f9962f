"""Recognises frames and bars around an image: bands of one colour that end in straight edges."""

import numpy as np
from numpy.typing import NDArray

from core.encoders.images.opencv import cv2

_MIN_WIDTH, _MAX_WIDTH = 0.012, 0.35  # of a band, relative to the side
_EVEN = 16  # by how much the colour of a band may vary, per channel
_FULL = 0.97  # the share of each line of a band that has its colour
_EDGE = 0.9  # the share of a band's edge at which the colour must change
_STEP = 32  # by how much it must change, in at least one channel
_WHITE = 225  # brighter bands look like the background of a studio

_Pixels = NDArray[np.uint8]


def is_framed(pixels: _Pixels) -> bool:
    """Return whether two opposite sides of an image (side, side, 3) have bands of one colour.

    White bands do not count: in front of white, a rectangular product looks framed.
    """
    if not _has_even_borders(pixels):  # most images end here
        return False
    turned = pixels.transpose(1, 0, 2)
    top, bottom, left, right = (
        _width(view) for view in (pixels, pixels[::-1], turned, turned[::-1])
    )
    side = len(pixels)
    return _have_edges(pixels[:, left : side - right], top, bottom) or _have_edges(
        turned[:, top : side - bottom], left, right
    )


def _has_even_borders(pixels: _Pixels) -> bool:
    """Return whether the outermost lines of two opposite sides could belong to bands."""
    turned = pixels.transpose(1, 0, 2)
    return any(all(map(_could_be_band, (view[0], view[-1]))) for view in (pixels, turned))


def _could_be_band(line: _Pixels) -> bool:
    colour = _middle(line)
    return bool(colour.min() < _WHITE and _has_colour(line[None], colour)[0])


def _width(pixels: _Pixels) -> int:
    """Return the width of the band at the top, or 0 if there is none."""
    side = len(pixels)
    lines = pixels[: int(side * _MAX_WIDTH) + 1]
    colour = _middle(lines[0])
    if colour.min() >= _WHITE:
        return 0
    is_band = _has_colour(lines, colour)
    width = int(is_band.argmin())
    return 0 if is_band.all() or width < side * _MIN_WIDTH else width


def _middle(line: _Pixels) -> NDArray[np.int16]:
    """Return the median of each channel of a line (n, 3); NumPy's takes ten times as long."""
    place = len(line) // 2
    middle: NDArray[np.uint8] = np.partition(line, place, axis=0)[place]
    return middle.astype(np.int16)


def _has_colour(lines: _Pixels, colour: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return which of the lines (k, n, 3) have the colour (3,): (k,)."""
    lowest, highest = tuple((colour - _EVEN).tolist()), tuple((colour + _EVEN).tolist())
    is_even = np.asarray(cv2.inRange(lines, lowest, highest))  # NumPy takes five times as long
    full: NDArray[np.bool_] = np.count_nonzero(is_even, axis=1) / is_even.shape[1] >= _FULL
    return full


def _have_edges(pixels: _Pixels, top: int, bottom: int) -> bool:
    """Return whether bands of these widths have the same colour, and end in straight edges."""
    if not (top and bottom):
        return False
    colour, other = _middle(pixels[0]), _middle(pixels[-1])
    inside = pixels[[top + 1, -bottom - 2]]  # the lines before them may be blends of both colours
    changes = (np.abs(inside - colour) > _STEP).any(axis=2).mean(axis=1) >= _EDGE
    return bool((np.abs(colour - other) <= _EVEN).all() and changes.all())
