"""Recolours the product in a photo, as shops do that photograph only one colour of a garment."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from benchmarks.support.product_mask import mean_colour, product_mask
from core.colours import COLOURS
from core.encoders.images.opencv import cv2
from core.encoders.recipes.colour import to_lab

_LEAST_CHANGE = 30.0
"""Of the product's mean colour, in CIELAB: about the distance between brown and beige."""
_TYPICAL = np.array([colour.samples[0] for colour in COLOURS], dtype=np.float32)


def recolour(data: bytes, number: int) -> bytes:
    """Return the image file with its product in another of the basic colours, as a JPEG file.

    Its shading stays: all its pixels are shifted by the same distance in CIELAB. There are several
    colours that are far from the present one; `number` chooses among them.
    """
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    shift = _TYPICAL - mean_colour(_square(pixels))
    far = shift[np.linalg.norm(shift, axis=1) > _LEAST_CHANGE]
    mask = Image.fromarray(product_mask(pixels).astype(np.uint8) * 255)
    smooth = mask.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(1))
    share = np.asarray(smooth, dtype=np.float32) / 255
    lab = to_lab(pixels) + share[..., None] * far[number % len(far)]
    buffer = io.BytesIO()
    Image.fromarray(_to_rgb(lab)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _square(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize((224, 224)), dtype=np.uint8)


def _to_rgb(lab: NDArray[np.float32]) -> NDArray[np.uint8]:
    rgb = cv2.cvtColor(np.ascontiguousarray(lab, dtype=np.float32), cv2.COLOR_Lab2RGB)
    return np.asarray((rgb.clip(0, 1) * 255).round(), dtype=np.uint8)
