"""Pictures for tests: every number gives another one, and always the same."""

import io
import random

from PIL import Image, ImageDraw


def picture(number, *, side=200):
    """A drawn picture that a network tells from the others."""
    dice = random.Random(number)
    image = Image.new("RGB", (side, side), _colour(dice))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = dice.randrange(side), dice.randrange(side)
        box = (x, y, x + dice.randrange(20, 120), y + dice.randrange(20, 120))
        [pen.ellipse, pen.rectangle, pen.arc][number % 3](
            box, **({"start": 0, "end": 250} if number % 3 == 2 else {}), fill=_colour(dice)
        )
    return image


def jpeg(number, *, side=200):
    """The bytes of that picture."""
    buffer = io.BytesIO()
    picture(number, side=side).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _colour(dice):
    return tuple(dice.randrange(256) for _ in range(3))
