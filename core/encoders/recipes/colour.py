"""The colour part of a vector: a smooth histogram of a product's colours.

Each of 64 numbers says how much of the product has about one of 64 colours, which cover what sRGB
can show. Distances between colours are those of DIN99, in which greyish colours, of which most
products are, lie further apart than in CIELAB.
"""

import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from core.encoders.description import COLOUR_DIM

Images = NDArray[np.uint8]
Lab = NDArray[np.float32]

_SIDE = 64
"""Pixels in each direction, at least, that the colour part is computed from."""
_WIDTH = 9.0  # of the smooth bins, in DIN99 units
_CENTRE = 0.35  # the width of the weights that favour the centre, relative to the side
_BORDER = 1 / 32  # the width of the border, relative to the side
_LATEST = 64
"""Images whose colours are kept: more than the threads of a worker embed at once."""
_MIN_PRODUCT = 0.01
"""If less than this share of the centre differs from the border, all of the image is product."""

# IEC 61966-2-1: from 8-bit sRGB to XYZ of D65, relative to white
_BYTES = np.arange(256) / 255
_LINEAR = np.where(_BYTES <= 0.04045, _BYTES / 12.92, ((_BYTES + 0.055) / 1.055) ** 2.4)
_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])
_RELATIVE_XYZ = (_XYZ / _XYZ.sum(axis=1, keepdims=True)).astype(np.float32)
_TO_LAB = np.array([[0, 500, 0], [116, -500, 200], [0, 0, -200]], dtype=np.float32)


def colour_parts(images: Images) -> NDArray[np.float32]:
    """Return the colour parts of images: (n, side, side, 3) -> unit rows (n, 64)."""
    return np.stack([_colour_part(image) for image in images])


def colour_of_lab(lab: Lab, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the colour part (64,) of a product with these colours (k, 3) in these shares (k,).

    The shares are relative: at least one is above 0.
    """
    return _from_bins(weights @ _bins_of(lab))


def mean_colours(parts: NDArray[np.float32]) -> Lab:
    """Return about the mean CIELAB colours of products (n, 3), from their colour parts (n, 64).

    Colours appear less saturated than they are, since the bins are wide.
    """
    colours: Lab = parts**2 @ _centres()[0]
    return colours


def product_colours(image: Images) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the colours of the product in an image (side, side, 3), and how much it has of each.

    Colours (k,) are positions in `code_colours`; amounts (k,) are relative. What the centre has
    more of than the border is product, whatever the pattern of the background; where both have the
    same colours, the product fills the image.
    """
    step = max(len(image) // _SIDE, 1)
    sample = image[step // 2 :: step, step // 2 :: step]
    return _product_colours(sample.tobytes(), len(sample))


def to_lab(images: Images) -> Lab:
    """Return the CIELAB colours (white point D65) of sRGB pixels: (..., 3) -> (..., 3)."""
    xyz = _LINEAR.astype(np.float32)[images] @ _RELATIVE_XYZ.T
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * np.float32(841 / 108) + np.float32(4 / 29))
    lab: Lab = f @ _TO_LAB - np.array([16, 0, 0], dtype=np.float32)
    return lab


def colour_codes(pixels: Images) -> NDArray[np.intp]:
    """Return the 15-bit colours of pixels: (..., 3) -> (...), positions in `code_colours`."""
    red, green, blue = ((pixels[..., channel] >> 3).astype(np.intp) for channel in range(3))
    return (red << 10) | (green << 5) | blue


def code_colours() -> Lab:
    """Return the CIELAB colour of each code (32768, 3)."""
    return _tables()[0]


def _colour_part(image: Images) -> NDArray[np.float32]:
    colours, amounts = product_colours(image)
    return _from_bins(amounts @ _tables()[1].take(colours, axis=0))


@lru_cache(_LATEST)
def _product_colours(pixels: bytes, side: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the result of `product_colours` for RGB pixels (side, side, 3).

    An import needs it twice: for the vector, and for the names of the colours.
    """
    centre, border = _amounts(np.frombuffer(pixels, np.uint8).reshape(side, side, 3))
    present = np.flatnonzero(centre > 0)  # of floats, NumPy would take ten times as long
    bins = _tables()[1].take(present, axis=0)
    inside, outside = centre[present] @ bins, border[present] @ bins
    surplus = np.maximum(inside - outside, 0)
    amounts = centre[present]
    if surplus.sum() >= _MIN_PRODUCT:
        amounts = amounts * (bins @ (surplus / np.maximum(inside, np.finfo(np.float32).tiny)))
    present.flags.writeable = amounts.flags.writeable = False
    return present, amounts


def _amounts(pixels: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how much of each colour (32768) the centre and the border have: shares of one."""
    codes = colour_codes(pixels)
    centre, border = (
        np.bincount(codes.ravel(), weights.ravel(), len(code_colours())).astype(np.float32)
        for weights in _weights(len(codes))
    )
    return centre, border


@cache
def _weights(side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights of pixels (side, side) for the centre and the border; each sum to one."""
    offsets = (np.arange(side) + 0.5) / side - 0.5
    row = np.exp(offsets**2 / (-2 * _CENTRE**2))
    is_border = np.abs(offsets) > 0.5 - max(round(side * _BORDER), 1) / side
    centre, border = np.outer(row, row), np.logical_or.outer(is_border, is_border).astype(float)
    return centre / centre.sum(), border / border.sum()


def _bins_of(lab: Lab) -> NDArray[np.float32]:
    """Return how much of a colour belongs to each bin: (k, 3) -> (k, 64); rows sum to 1."""
    distances = ((_to_din99(lab)[:, None] - _centres()[1]) ** 2).sum(axis=2)
    bins = np.exp(distances / np.float32(-2 * _WIDTH**2))
    shares: NDArray[np.float32] = bins / bins.sum(axis=1, keepdims=True)
    return shares


def _from_bins(bins: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unit vector whose dot products are Bhattacharyya coefficients of histograms."""
    part: NDArray[np.float32] = np.sqrt(bins / bins.sum())
    return part


def _to_din99(lab: Lab) -> Lab:
    """Return colours in DIN99 (DIN 6176): equal distances look about equally large."""
    lightness, a, b = np.moveaxis(np.asarray(lab, dtype=np.float32), -1, 0)
    turn = math.radians(16)
    e = a * np.float32(math.cos(turn)) + b * np.float32(math.sin(turn))
    f = np.float32(0.7) * (b * np.float32(math.cos(turn)) - a * np.float32(math.sin(turn)))
    chroma = np.hypot(e, f)
    scale = np.log1p(np.float32(0.045) * chroma) / np.maximum(np.float32(0.045) * chroma, 1e-6)
    return np.stack([105.51 * np.log1p(0.0158 * lightness), e * scale, f * scale], axis=-1)


@cache
def _centres() -> tuple[Lab, Lab]:
    """Return 64 colours in CIELAB and DIN99: each is the one furthest from those before."""
    steps = np.linspace(0, 255, 18).round().astype(np.uint8)
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = to_lab(rgb)
    colours = _to_din99(lab)
    chosen = [0]
    nearest = np.full(len(colours), np.inf, dtype=np.float32)
    for _ in range(COLOUR_DIM - 1):
        nearest = np.minimum(nearest, ((colours - colours[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(nearest.argmax()))
    return lab[chosen], colours[chosen]


@cache
def _tables() -> tuple[Lab, NDArray[np.float32]]:
    """Return the CIELAB colour (3) and the bins (64) of each of 32 * 32 * 32 colours."""
    steps = np.arange(32, dtype=np.uint8) * 8 + 4
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = to_lab(rgb)
    return lab, np.concatenate([_bins_of(chunk) for chunk in np.array_split(lab, 32)])
