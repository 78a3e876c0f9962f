"""Finds out whether two images show the same picture: cropped, turned, mirrored or recompressed.

Vectors cannot tell: two white shirts on the same hanger score as high as a picture and its crop.
Small details of two copies, however, have the same places, up to one shift, rotation and scale,
and the same colours, up to one white balance.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core.encoders.images.local_features import Details, LocalFeatures
from core.encoders.images.opencv import cv2
from core.encoders.recipes.colour import to_lab

_ENOUGH = 30
"""As many shared details make two images the same picture; 0.995 of such pairs were, in tests."""
_STRONGEST = 120
"""Two images are compared by so many details first, and by all only if that does not decide it."""
_LEAST_MATCHES = 8
_DISTINCT = 0.85
"""A detail's best match must be nearer than its second best by this factor (Lowe's ratio test)."""
_TOLERANCE = 3.0  # pixels
_SCALES = (0.4, 2.5)
_WHITE_BALANCE = 1.25
"""Each of red, green and blue may be brighter or darker in a copy by this factor."""
_DARKEST = 8.0
"""Is added to red, green and blue, so that noise in dark places does not count."""
_MOST = 75  # percent of the details
_ALIKE = 11.0  # in CIELAB
_ALIKE_SHARE = 0.4  # of the distance between colours of different details

Colours = NDArray[np.uint8]


class PictureMatch(IntEnum):
    """What two images have in common."""

    NONE = 0
    COPY = 1
    """It is the same picture."""
    RECOLOURED = 2
    """It is the same picture in other colours."""


def match_pictures(first: LocalFeatures, second: LocalFeatures) -> PictureMatch:
    """Compare two images.

    If the details of the second image's mirror image are there, it may also be mirrored.
    """
    plain = _match(first.plain, second.plain)
    if plain is PictureMatch.COPY or second.mirrored is None:
        return plain
    mirrored = _match(first.plain, second.mirrored)
    return plain if mirrored is PictureMatch.NONE else mirrored


def _match(first: Details, second: Details) -> PictureMatch:
    a, b = _shared(first.first(_STRONGEST), second)
    if _LEAST_MATCHES <= len(a) < _ENOUGH:
        a, b = _shared(first, second)
    if len(a) < _ENOUGH:
        return PictureMatch.NONE
    return PictureMatch.COPY if _have_same_colours(a, b) else PictureMatch.RECOLOURED


def _shared(first: Details, second: Details) -> tuple[Colours, Colours]:
    """Return the colours, in both images, of details that have the same arrangement: (n, 3)."""
    none = first.colours[:0]
    if min(len(first.places), len(second.places)) < _LEAST_MATCHES:
        return none, none
    distances, nearest = cv2.batchDistance(
        first.descriptors, second.descriptors, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2
    )
    a = np.flatnonzero(distances[:, 0] < _DISTINCT * distances[:, 1])
    b = nearest[a, 0]
    if len(a) < _LEAST_MATCHES:
        return none, none
    transform, inliers = cv2.estimateAffinePartial2D(
        first.places[a],
        second.places[b],
        ransacReprojThreshold=_TOLERANCE,
        maxIters=200,
        refineIters=0,
    )
    if transform is None or not _SCALES[0] < np.hypot(*transform[:, 0]) < _SCALES[1]:
        return none, none
    is_shared = inliers.ravel() != 0
    return first.colours[a[is_shared]], second.colours[b[is_shared]]


def _have_same_colours(first: Colours, second: Colours) -> bool:
    """Return whether most of these colours (n, 3) are alike, but for the white balance.

    In a picture of many bright colours, details a few pixels apart have other colours. So there,
    colours are alike if they are nearer to each other than to those of other details.
    """
    ratios = (second + _DARKEST) / (first + _DARKEST)
    balance = np.median(ratios, axis=0).clip(1 / _WHITE_BALANCE, _WHITE_BALANCE)
    a, b = to_lab((first * balance).clip(0, 255).astype(np.uint8)), to_lab(second)
    distance = np.percentile(np.linalg.norm(a - b, axis=1), _MOST)
    others = np.median(np.linalg.norm(np.roll(a, len(a) // 2, axis=0) - b, axis=1))
    return bool(distance <= max(_ALIKE, _ALIKE_SHARE * others))
