"""Finds what is wrong with the image of a product, from the pixels that the network gets.

An image is judged at the size at which it is compared: `blurred` means blurred even when shown that
small. All distances are relative to the side of the square, all brightnesses go from 0 to 255. If
the image was squashed, horizontal and vertical distances have different scales.
"""

import numpy as np
from numpy.typing import NDArray

from core.domain import ImageProblem
from core.encoders.images.frames import is_framed
from core.encoders.images.icons import is_icon
from core.encoders.images.opencv import cv2
from core.encoders.images.text_pictures import is_text_only

TINY_SIDE = 200
"""An image with a shorter side than this, in pixels, is tiny."""
_DARK = 70  # a hundredth of the pixels of a dark image are brighter
_ONE_COLOUR = 0.997  # the share of pixels that hardly differ from the commonest colour
_SAME = 8  # the difference, per channel, of pixels that hardly differ
_FAINT, _MIN_EDGES = 20, 10  # fewer or weaker edges than these cannot be judged
_REACHES = ((1 / 28, 0.4), (1 / 4, 0.2))
"""An edge is compared with the change of brightness within the first distance: if its steepest step
makes less than this share of the change, it is blurred. A strong blur spreads edges so far that
there is hardly any change within it; such images are judged by the second distance."""

_Gray = NDArray[np.uint8]
_Counts = NDArray[np.intp]
"""How many values there are of each brightness (256,)."""


def find_problems(
    pixels: NDArray[np.uint8], *, width: int, height: int
) -> tuple[ImageProblem, ...]:
    """Return what is wrong with an image (side, side, 3), given its original size in pixels."""
    gray: _Gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    counts = _count(gray)
    is_small = min(width, height) < len(pixels)
    if _has_one_colour(pixels, gray, counts):
        problems = {ImageProblem.PLACEHOLDER}
    elif is_text_only(gray, counts):
        problems = {ImageProblem.TEXT_ONLY}
    elif is_icon(pixels, gray, counts):
        problems = {ImageProblem.PLACEHOLDER}
    else:
        checks = {
            ImageProblem.BLURRED: not is_small and _is_blurred(gray),
            ImageProblem.DARK: counts[_DARK:].sum() <= gray.size // 100,
            ImageProblem.FRAMED: is_framed(pixels),
        }
        problems = {problem for problem, holds in checks.items() if holds}
    if min(width, height) < TINY_SIDE:
        problems.add(ImageProblem.TINY)
    return tuple(problem for problem in ImageProblem if problem in problems)


def _count(values: _Gray) -> _Counts:
    histogram = cv2.calcHist([values], [0], None, [256], [0, 256])  # NumPy takes twice as long
    return np.asarray(histogram).ravel().astype(np.intp)


def _has_one_colour(pixels: NDArray[np.uint8], gray: _Gray, counts: _Counts) -> bool:
    commonest = int(counts.argmax())
    alike = counts[max(commonest - _SAME, 0) : commonest + _SAME + 1].sum()
    if alike < _ONE_COLOUR * gray.size:  # most images end here
        return False
    colour = np.median(pixels[gray == commonest], axis=0).astype(np.int16)
    return bool((np.abs(pixels - colour) <= _SAME).all(axis=2).mean() >= _ONE_COLOUR)


def _is_blurred(gray: _Gray) -> bool:
    """Return whether even the sharpest of the strong edges are spread over several pixels.

    The ratio does not depend on the contrast, nor on how much of the image is plain.
    """
    both = gray[::3], np.ascontiguousarray(gray.T[::3])
    for distance, blurred in _REACHES:
        all_sharpnesses = (
            _sharpness(rows, max(2, round(rows.shape[1] * distance))) for rows in both
        )
        if sharpnesses := [sharpness for sharpness in all_sharpnesses if sharpness is not None]:
            return max(sharpnesses) < blurred
    return False


def _sharpness(rows: _Gray, reach: int) -> float | None:
    """Return the steepest steps between neighbours relative to the changes within some pixels.

    A sharp edge is one step, and a change for each of the `reach` pixels before it. Both are those
    of the strongest tenth of the edges, however few edges there are. None: there are too few.
    """
    changes = _count_differences(rows, reach)
    strong = int(changes[_FAINT:].sum())
    if strong < _MIN_EDGES * reach:
        return None
    steps = _count_differences(rows, 1)
    return _strongest(steps, strong // (10 * reach)) / _strongest(changes, strong // 10)


def _count_differences(rows: _Gray, distance: int) -> _Counts:
    """Count the differences between pixels of a row that are a distance apart."""
    return _count(np.asarray(cv2.absdiff(rows[:, distance:], rows[:, :-distance]), dtype=np.uint8))


def _strongest(counts: _Counts, number: int) -> int:
    """Return the largest value that more than a number of the values reach."""
    return 255 - int(np.searchsorted(counts[::-1].cumsum(), number, side="right"))
