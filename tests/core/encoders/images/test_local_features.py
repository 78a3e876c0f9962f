import io

import numpy as np
import pytest
from PIL import Image

from core.encoders.images.distortions import DISTORTIONS, distort
from core.encoders.images.local_features import SAME_PICTURE, local_features, shared_details


def picture(seed):
    """A picture full of details, as a PNG file."""
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((400, 400), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def shared(first, second):
    return shared_details(
        local_features(first, 50, mirrored=False), local_features(second, 50, mirrored=True)
    )


@pytest.mark.parametrize("name", [name for name in DISTORTIONS if name != "background"])
def test_a_distorted_picture_is_the_same_picture(name):
    assert shared(picture(1), distort(picture(1), name)) >= SAME_PICTURE


def test_other_pictures_are_others():
    assert max(shared(picture(1), picture(seed)) for seed in range(2, 6)) < SAME_PICTURE / 2


def test_a_picture_without_details_is_like_no_other():
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(buffer, "JPEG")
    assert shared(buffer.getvalue(), buffer.getvalue()) == 0
