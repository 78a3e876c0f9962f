"""Recognises pictures that stand for a missing photo: a grey icon on a plain ground."""

import numpy as np
from numpy.typing import NDArray

_EVEN = 8  # by how much the brightness of an even area varies, from 0 to 255
_INK, _MAX_INK = 16, 170  # by how much the brightness of an icon differs from its ground
_MIN_GROUND, _MIN_ICON = 0.6, 0.002  # shares of all pixels
_MIN_EVEN = 0.9  # the share of an icon, without its edges, that has one brightness
_GREY = 12  # the difference of the channels of a grey pixel
_COLOURED = 0.005  # the share of pixels that need not be grey
_MARGIN = 0.08  # between an icon and the border, relative to the side


def is_icon(pixels: NDArray[np.uint8], gray: NDArray[np.uint8], counts: NDArray[np.intp]) -> bool:
    """Return whether an image (side, side, 3) consists of an icon: one grey on another.

    `gray` is its brightness (side, side); `counts` are the numbers of pixels of each (256,). Photos
    of grey products are not that even, and products are coloured or larger.
    """
    ground = int(counts.argmax())
    if _near(counts, ground) < _MIN_GROUND * gray.size:
        return False
    ink = np.abs(gray.astype(np.int16) - ground) > _INK
    inside = _without_edges(ink)
    if inside.sum() < _MIN_ICON * gray.size or not _has_margin(ink):
        return False
    levels = np.bincount(gray[inside], minlength=256)
    icon = int(levels.argmax())
    is_even = _near(levels, icon) >= _MIN_EVEN * levels.sum()
    return is_even and abs(icon - ground) <= _MAX_INK and _is_grey(pixels)


def _near(counts: NDArray[np.intp], level: int) -> int:
    return int(counts[max(level - _EVEN, 0) : level + _EVEN + 1].sum())


def _without_edges(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels whose four neighbours are ink as well; the border has none."""
    inside = np.zeros_like(ink)
    sides = ink[:-2, 1:-1] & ink[2:, 1:-1] & ink[1:-1, :-2] & ink[1:-1, 2:]
    inside[1:-1, 1:-1] = ink[1:-1, 1:-1] & sides
    return inside


def _has_margin(ink: NDArray[np.bool_]) -> bool:
    margin = round(len(ink) * _MARGIN)
    return not (ink.sum() - ink[margin:-margin, margin:-margin].sum())


def _is_grey(pixels: NDArray[np.uint8]) -> bool:
    spread = pixels.max(axis=2) - pixels.min(axis=2)
    return bool((spread > _GREY).mean() <= _COLOURED)
