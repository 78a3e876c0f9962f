"""Finds out whether two images show the same picture: cropped, turned, mirrored or recompressed.

Vectors cannot tell: two white shirts on the same hanger score as high as a picture and its crop.
Small details of two copies, however, have the same places, up to one shift, rotation and scale.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.encoders.images.decoding import (
    apply_exif_rotation,
    decoding_errors,
    is_jpeg,
    open_whole_image,
)
from core.encoders.images.opencv import cv2
from core.encoders.images.shrinking import shrink

Grey = NDArray[np.uint8]

SAME_PICTURE = 30
"""As many shared details make two images the same picture; 0.995 of such pairs were, in tests."""
_SIDE = 192
_DETAILS = 400
_STRONGEST = 120
"""Two images are compared by so many details first, and by all only if that does not decide it."""
_LEAST_MATCHES = 8
_DISTINCT = 0.85
"""A detail's best match must be nearer than its second best by this factor (Lowe's ratio test)."""
_TOLERANCE = 3.0  # pixels
_SCALES = (0.4, 2.5)


@dataclass(frozen=True)
class Details:
    """Details of an image: their places (n, 2) in pixels, and their ORB descriptors (n, 32).

    The strongest come first.
    """

    places: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def first(self, count: int) -> "Details":
        """Return the strongest details."""
        return Details(self.places[:count], self.descriptors[:count])


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
    small = _small_grey(data, max_megapixels)
    grey = np.asarray(cv2.createCLAHE(2.0, (4, 4)).apply(small), dtype=np.uint8)
    mirror_image = np.ascontiguousarray(grey[:, ::-1])
    return LocalFeatures(_details(grey), _details(mirror_image) if mirrored else None)


def shared_details(first: LocalFeatures, second: LocalFeatures) -> int:
    """Return how many details two images share in the same arrangement.

    Counting may stop at SAME_PICTURE. If the details of the second image's mirror image are there,
    it may also be mirrored.
    """
    plain = _shared(first.plain, second.plain)
    if plain >= SAME_PICTURE or second.mirrored is None:
        return plain
    return max(plain, _shared(first.plain, second.mirrored))


def _small_grey(data: bytes, max_megapixels: int) -> Grey:
    with decoding_errors():
        image = open_whole_image(data, max_megapixels)
        if is_jpeg(image):
            image.draft("L", (_SIDE, _SIDE))
        image = apply_exif_rotation(image)
        scale = _SIDE / max(image.size)
        size = max(8, round(image.width * scale)), max(8, round(image.height * scale))
        small = shrink(image, (0, 0, *image.size), size)
        return np.asarray(small.convert("L"))


def _details(grey: Grey) -> Details:
    detector = cv2.ORB.create(
        _DETAILS, scaleFactor=1.4, nlevels=4, edgeThreshold=12, patchSize=24, fastThreshold=15
    )
    points, descriptors = detector.detectAndCompute(grey, None)
    if not points:
        return Details(np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8))
    order = np.argsort([-point.response for point in points], kind="stable")
    places = np.array(cv2.KeyPoint.convert(points), dtype=np.float32)
    return Details(places[order], np.asarray(descriptors, dtype=np.uint8)[order])


def _shared(first: Details, second: Details) -> int:
    few = _arranged_alike(first.first(_STRONGEST), second)
    return _arranged_alike(first, second) if _LEAST_MATCHES <= few < SAME_PICTURE else few


def _arranged_alike(first: Details, second: Details) -> int:
    if min(len(first.places), len(second.places)) < _LEAST_MATCHES:
        return 0
    distances, nearest = cv2.batchDistance(
        first.descriptors, second.descriptors, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2
    )
    is_distinct = distances[:, 0] < _DISTINCT * distances[:, 1]
    if is_distinct.sum() < _LEAST_MATCHES:
        return 0
    transform, inliers = cv2.estimateAffinePartial2D(
        first.places[is_distinct],
        second.places[nearest[is_distinct, 0]],
        ransacReprojThreshold=_TOLERANCE,
        maxIters=200,
        refineIters=0,
    )
    if transform is None or not _SCALES[0] < np.hypot(*transform[:, 0]) < _SCALES[1]:
        return 0
    return int(inliers.sum())
