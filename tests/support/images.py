"""Generated images: the same image for the same number, and another for every other number."""

import io
import random

from PIL import Image, ImageDraw


def make_image(number, *, side=200):
    """Draw an image that an encoder can tell from the others."""
    rng = random.Random(number)
    image = Image.new("RGB", (side, side), _colour(rng))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = rng.randrange(side), rng.randrange(side)
        box = (x, y, x + rng.randrange(20, 120), y + rng.randrange(20, 120))
        [pen.ellipse, pen.rectangle, pen.arc][number % 3](
            box, **({"start": 0, "end": 250} if number % 3 == 2 else {}), fill=_colour(rng)
        )
    return image


def jpeg(number, *, side=200):
    """Return the bytes of that image."""
    buffer = io.BytesIO()
    make_image(number, side=side).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def drawn(shape, rgb):
    """Return a shape of one colour on white, as a PNG file."""
    image = Image.new("RGB", (300, 300), "white")
    getattr(ImageDraw.Draw(image), shape)((60, 60, 240, 240), fill=rgb)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _colour(rng):
    return tuple(rng.randrange(256) for _ in range(3))
