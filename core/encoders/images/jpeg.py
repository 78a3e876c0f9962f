"""Completes JPEG files that lack only their end marker.

Pillow refuses such a file. If the end marker is there, however, Pillow accepts even a file that
lacks half of its pixels.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import product

from PIL import Image

from core.errors import UnreadableImage

_END, _SCAN = b"\xff\xd9", b"\xff\xda"
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive
_PROGRESSIVE = 0xC2
_START_OF_SCAN, _END_OF_IMAGE, _RESTART_INTERVAL = 0xDA, 0xD9, 0xDD
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_OTHER_PIXELS = bytes(range(1, 255)) * 32

Segment = tuple[int, bytes]
"""The marker and the content of a segment."""


def with_end(data: bytes) -> bytes:
    """Return a JPEG file with its end marker.

    Raises:
        UnreadableImage: pixels are missing, too.
    """
    end = data.rfind(_END)
    if end >= 0 and data.find(_SCAN, end) < 0:
        return data
    segments = list(_segments(data))
    if not any(marker == _START_OF_SCAN for marker, _ in segments):
        return data  # Pillow tells what is wrong
    data = data.rstrip(b"\0\xff")  # zeros of interrupted downloads, half of a marker
    completed = data + _END
    if _has_all_scans(segments) and (_pixels(completed) == _pixels(data + _OTHER_PIXELS + _END)):
        return completed
    raise UnreadableImage("the image cannot be read: it is truncated")


def _segments(data: bytes) -> Iterator[Segment]:
    """Yield all segments, including those between scans; the pixels of scans are skipped."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == _END_OF_IMAGE:
            return
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        start, position = position + 4, position + 2 + int.from_bytes(data[position + 2 :][:2])
        yield marker, data[start:position]
        if marker == _START_OF_SCAN:
            following = _MARKER_IN_SCAN.search(data, position)
            position = following.start() if following else len(data)


def _has_all_scans(segments: list[Segment]) -> bool:
    """Return whether the scans contain all coefficients of all components.

    Files with restart intervals are not judged: a decoder skips the intervals that are missing.
    """
    frame = next(((marker, content) for marker, content in segments if marker in _FRAMES), None)
    if frame is None or any(marker == _RESTART_INTERVAL for marker, _ in segments):
        return False
    marker, content = frame
    components = content[6::3][: content[5]]
    scans = [content for marker, content in segments if marker == _START_OF_SCAN]
    complete = {pair for scan in scans for pair in _complete_coefficients(scan)}
    last = 63 if marker == _PROGRESSIVE else 0
    return complete >= set(product(components, range(last + 1)))


def _complete_coefficients(scan: bytes) -> Iterator[tuple[int, int]]:
    """Yield each pair of a component and a coefficient whose last bit is in this scan."""
    components = scan[1 : 1 + 2 * scan[0] : 2]
    first, last, bits = scan[-3:]
    if bits & 0x0F == 0:
        yield from product(components, range(first, last + 1))


def _pixels(data: bytes) -> bytes:
    return Image.open(BytesIO(data), formats=("JPEG",)).tobytes()
