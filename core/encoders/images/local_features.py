"""Finds the small details of an image, by which it can be recognised in another one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.encoders.images.decoding import (
    apply_exif_rotation,
    decoding_errors,
    is_jpeg,
    open_whole_image,
)
from core.encoders.images.opencv import cv2
from core.encoders.images.shrinking import shrink

Pixels = NDArray[np.uint8]

_SIDE = 192
_DETAILS = 400
_COLOUR_BLUR = 2.0  # standard deviation in pixels


@dataclass(frozen=True)
class Details:
    """Details of an image (n), the strongest first."""

    places: NDArray[np.float32]
    """In pixels (n, 2)."""
    descriptors: Pixels
    """Of ORB (n, 32); colours do not matter to them."""
    colours: Pixels
    """The mean colours around the places, in sRGB (n, 3)."""

    def first(self, count: int) -> "Details":
        """Return the strongest details."""
        return Details(self.places[:count], self.descriptors[:count], self.colours[:count])


@dataclass(frozen=True)
class LocalFeatures:
    """The details of an image and, if requested, those of its mirror image."""

    plain: Details
    mirrored: Details | None


def local_features(data: bytes, max_megapixels: int, *, mirrored: bool) -> LocalFeatures:
    """Return the details of an image file, and of its mirror image if `mirrored`.

    Raises:
        UnsupportedMediaType, UnreadableImage, TooLarge: see `preprocessing.decode_image`.
    """
    small = _shrink(data, max_megapixels)
    contrast = cv2.createCLAHE(2.0, (4, 4))
    grey = np.asarray(contrast.apply(np.asarray(small.convert("L"))), dtype=np.uint8)
    blurred = cv2.GaussianBlur(np.asarray(small), (0, 0), _COLOUR_BLUR)
    colours = np.asarray(blurred, dtype=np.uint8)
    if not mirrored:
        return LocalFeatures(_details(grey, colours), None)
    mirror_image = np.ascontiguousarray(grey[:, ::-1])
    return LocalFeatures(_details(grey, colours), _details(mirror_image, colours[:, ::-1]))


def _shrink(data: bytes, max_megapixels: int) -> Image.Image:
    with decoding_errors():
        image = open_whole_image(data, max_megapixels)
        if is_jpeg(image):
            image.draft(None, (_SIDE, _SIDE))
        image = apply_exif_rotation(image)
        scale = _SIDE / max(image.size)
        size = max(8, round(image.width * scale)), max(8, round(image.height * scale))
        return shrink(image, (0, 0, *image.size), size).convert("RGB")


def _details(grey: Pixels, colours: Pixels) -> Details:
    detector = cv2.ORB.create(
        _DETAILS, scaleFactor=1.4, nlevels=4, edgeThreshold=12, patchSize=24, fastThreshold=15
    )
    points, descriptors = detector.detectAndCompute(grey, None)
    if not points:
        empty = np.empty((0, 32), np.uint8)
        return Details(np.empty((0, 2), np.float32), empty, empty[:, :3])
    order = np.argsort([-point.response for point in points], kind="stable")
    places = np.array(cv2.KeyPoint.convert(points), dtype=np.float32)[order]
    x, y = places.astype(np.intp).T  # details are found off the edges
    return Details(places, np.asarray(descriptors, dtype=np.uint8)[order], colours[y, x])
