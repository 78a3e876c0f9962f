"""Nine changes that a picture undergoes between two shops, to find the same picture again."""

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageFilter, ImageOps

Distortion = Callable[[Image.Image], Image.Image]
_WARM = np.array([1.15, 1.0, 0.8])  # red, green, blue
_NOISE = 12.0  # standard deviation, of 255
_BACKGROUND_DISTANCE = 60  # from the border's colour, in RGB
_OTHER_BACKGROUND = (150, 180, 140)


def distort(data: bytes, name: str) -> bytes:
    """Return the image file, changed by the distortion of that name, as a JPEG file."""
    with Image.open(io.BytesIO(data)) as image:
        pixels = ImageOps.exif_transpose(image).convert("RGB")
    quality = 20 if name == "JPEG 20" else 90
    buffer = io.BytesIO()
    DISTORTIONS[name](pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def distorted(data: bytes) -> Iterator[bytes]:
    """Yield the image file, changed by each of the distortions, in their order."""
    for name in DISTORTIONS:
        yield distort(data, name)


def _crop(image: Image.Image) -> Image.Image:
    """Keep 70 % of the width and height, from the centre."""
    left, top = (round(length * 0.15) for length in image.size)
    return image.crop((left, top, image.width - left, image.height - top))


def _rotate(image: Image.Image) -> Image.Image:
    """Turn the image by 12 degrees on white."""
    return image.rotate(12, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))


def _warm(image: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(image) * _WARM).clip(0, 255).astype(np.uint8))


def _replace_background(image: Image.Image) -> Image.Image:
    """Replace what has about the colour of the border by a plain green."""
    pixels = np.asarray(image, dtype=np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    distance = np.linalg.norm(pixels - np.median(border, axis=0), axis=2)
    mask = Image.fromarray((distance < _BACKGROUND_DISTANCE).astype(np.uint8) * 255)
    plain = Image.new("RGB", image.size, _OTHER_BACKGROUND)
    return Image.composite(plain, image, mask.filter(ImageFilter.MedianFilter(5)))


def _frame(image: Image.Image) -> Image.Image:
    """Add a white border of 15 % of the shorter side."""
    return ImageOps.expand(image, round(min(image.size) * 0.15), (255, 255, 255))


def _shrink(image: Image.Image) -> Image.Image:
    """Reduce the image to a third of its width and height."""
    return image.resize((max(image.width // 3, 1), max(image.height // 3, 1)))


def _blur(image: Image.Image) -> Image.Image:
    """Blur the image slightly, then add noise."""
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32)
    noise = np.random.default_rng(1).normal(0, _NOISE, pixels.shape)
    return Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))


DISTORTIONS: dict[str, Distortion] = {
    "crop": _crop,
    "rotation": _rotate,
    "flip": ImageOps.mirror,
    "warm light": _warm,
    "JPEG 20": lambda image: image,
    "background": _replace_background,
    "frame": _frame,
    "shrinking": _shrink,
    "noise": _blur,
}
