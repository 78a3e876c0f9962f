import io

import numpy as np
import pytest
from PIL import Image

from core.encoders.images.distortions import DISTORTIONS, distort
from core.encoders.images.local_features import local_features
from core.encoders.images.picture_match import PictureMatch, match_pictures


def pixels(seed):
    """A picture full of details."""
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((400, 400), Image.Resampling.BICUBIC))


def encode(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def match(first, second):
    return match_pictures(
        local_features(first, 50, mirrored=False), local_features(second, 50, mirrored=True)
    )


@pytest.mark.parametrize("name", [name for name in DISTORTIONS if name != "background"])
def test_a_distorted_picture_is_a_copy(name):
    photo = encode(pixels(1))
    assert match(photo, distort(photo, name)) is PictureMatch.COPY


def test_other_pictures_are_others():
    photo = encode(pixels(1))
    assert {match(photo, encode(pixels(seed))) for seed in range(2, 6)} == {PictureMatch.NONE}


@pytest.mark.parametrize("turn", [lambda image: image, lambda image: image[:, ::-1]])
def test_a_picture_in_other_colours_is_no_copy(turn):
    # shades of one colour: as grey, both pictures are the same
    grey = pixels(1).mean(axis=2, keepdims=True) / 2
    red, blue = ((grey * gains).astype(np.uint8) for gains in ([1, 0.5, 0.5], [0.5, 0.5, 1.81]))
    assert match(encode(red), encode(turn(blue))) is PictureMatch.RECOLOURED


def test_a_picture_without_details_is_like_no_other():
    plain = encode(np.full((200, 300, 3), 255, dtype=np.uint8))
    assert match(plain, plain) is PictureMatch.NONE
