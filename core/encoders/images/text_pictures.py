"""Recognises images that show nothing but text, such as "no image available"."""

import numpy as np
from numpy.typing import NDArray

_INK = 48  # by how much the brightness of text differs from its background, from 0 to 255
_BACKGROUND = 10  # by how much the background may differ from its commonest brightness
_MIN_BACKGROUND, _MIN_TEXT = 0.6, 0.001  # shares of all pixels
_MIN_STROKES, _MANY_STROKES = 4, 7  # of each and of one line of text, on average over its rows
_MAX_HEIGHT = 0.2  # of a line of text, relative to the side
_MAX_STROKE = 0.05  # the mean width of a stroke, relative to the side
_IN_LINES = 0.7  # the share of the ink that lines of text must hold


def is_text_only(gray: NDArray[np.uint8], counts: NDArray[np.intp]) -> bool:
    """Return whether an image (side, side) consists of lines of text on a plain background.

    `counts` are the numbers of pixels of each brightness (256,).
    """
    commonest = int(counts.argmax())
    background = counts[max(commonest - _BACKGROUND, 0) : commonest + _BACKGROUND + 1].sum()
    if background < _MIN_BACKGROUND * gray.size:
        return False
    ink = np.abs(gray.astype(np.int16) - commonest) > _INK
    if ink.mean() < _MIN_TEXT:
        return False
    per_row = ink.sum(axis=1)
    strokes = (ink[:, 1:] & ~ink[:, :-1]).sum(axis=1) + ink[:, 0]
    lines = [line for line in _runs(per_row > 0) if _is_text(line, per_row, strokes)]
    most = max((strokes[line].mean() for line in lines), default=0)
    held = sum(per_row[line].sum() for line in lines)
    return bool(most >= _MANY_STROKES and held >= _IN_LINES * per_row.sum())


def _runs(is_inked: NDArray[np.bool_]) -> list[slice]:
    """Return the ranges of consecutive rows with ink."""
    steps = np.diff(np.concatenate([[0], is_inked.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [slice(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def _is_text(line: slice, per_row: NDArray[np.int64], strokes: NDArray[np.int64]) -> bool:
    side, height = len(per_row), line.stop - line.start
    count = strokes[line].sum()
    return bool(
        height <= side * _MAX_HEIGHT
        and count >= _MIN_STROKES * height
        and per_row[line].sum() <= side * _MAX_STROKE * count
    )
