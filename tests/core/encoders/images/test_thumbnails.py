"""Thumbnails."""

from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.encoders.images.thumbnails import thumbnail
from tests.data.lite_reference import sample_images


def encode(image: Image.Image, kind: str, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = "artist"
    file = BytesIO()
    image.save(file, kind, exif=exif)
    return file.getvalue()


def large() -> Image.Image:
    return Image.fromarray(sample_images()[2]).resize((12, 6)).resize((1200, 600))


def test_the_longer_side_has_the_requested_size() -> None:
    assert Image.open(BytesIO(thumbnail(encode(large(), "PNG"), 100, 50))).size == (100, 50)


def test_a_small_image_is_not_enlarged() -> None:
    small = large().resize((40, 20))
    assert Image.open(BytesIO(thumbnail(encode(small, "PNG"), 100, 50))).size == (40, 20)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_thumbnail_is_upright_and_has_no_metadata(kind: str) -> None:
    small = Image.open(BytesIO(thumbnail(encode(large(), kind, orientation=6), 100, 50)))
    assert small.size == (50, 100)
    assert not small.getexif()
    expected = np.asarray(large().resize((100, 50))).swapaxes(0, 1)[:, ::-1]
    assert np.abs(np.asarray(small).astype(int) - expected).mean() < 2


def test_transparent_parts_are_white() -> None:
    clear = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    assert np.asarray(Image.open(BytesIO(thumbnail(encode(clear, "PNG"), 20, 50)))).min() > 250


def test_a_long_narrow_jpeg_keeps_at_least_one_pixel() -> None:
    narrow = Image.new("RGB", (4000, 8))
    assert Image.open(BytesIO(thumbnail(encode(narrow, "JPEG"), 80, 50))).size == (80, 1)
