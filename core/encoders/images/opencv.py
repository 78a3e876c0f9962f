"""OpenCV as `cv2`, on one thread for each caller, as with the networks."""

import cv2

cv2.setNumThreads(1)

__all__ = ["cv2"]
