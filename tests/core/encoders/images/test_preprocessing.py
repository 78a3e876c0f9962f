"""Which pixels result from which image file."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from core.encoders.images.preprocessing import Crop, decode_image
from core.errors import InvalidInput
from tests.data.lite_reference import sample_images

Pixels = NDArray[np.uint8]
SIDE = 64


def preprocess(data: bytes, crop: Crop | None = None) -> Pixels:
    return decode_image(data, side=SIDE, max_megapixels=50, crop=crop).pixels


def encode(array: Pixels | Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(file, kind, **options)
    return file.getvalue()


def sample(height: int = SIDE, width: int = SIDE) -> Pixels:
    return sample_images()[2, :height, :width]


@pytest.mark.parametrize(
    "write",
    [
        partial(encode, kind="PNG"),
        partial(encode, kind="BMP"),
        partial(encode, kind="WEBP", lossless=True),
        partial(encode, kind="TIFF"),
        partial(encode, kind="TIFF", compression="tiff_lzw"),
        partial(encode, kind="TIFF", compression="tiff_adobe_deflate"),
    ],
)
def test_lossless_images_of_the_right_size_are_unchanged(
    write: Callable[[Pixels], bytes],
) -> None:
    np.testing.assert_array_equal(preprocess(write(sample())), sample())


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "HEIF"])
def test_lossy_images_change_little(kind: str) -> None:
    smooth = np.asarray(Image.fromarray(sample()).resize((8, 8)).resize((SIDE, SIDE)))
    pixels = preprocess(encode(smooth, kind, quality=95))
    assert np.abs(pixels.astype(int) - smooth).mean() < 3


def test_the_largest_centred_square_is_used() -> None:
    np.testing.assert_array_equal(
        preprocess(encode(sample(64, 100), "PNG")), sample(64, 100)[:, 18:82]
    )
    np.testing.assert_array_equal(
        preprocess(encode(sample(101, 64), "PNG")), sample(101, 64)[18:82]
    )


@pytest.mark.parametrize("crop", [None, (0.2, 0, 0.8, 0.5)])
def test_with_squash_all_of_an_image_or_crop_is_resized_to_a_square(crop: Crop | None) -> None:
    image = Image.fromarray(sample_images()[3]).resize((150, 90))
    part = image.crop((30, 0, 120, 45)) if crop else image
    expected = np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(int)
    data = encode(np.asarray(image), "PNG")
    pixels = decode_image(data, side=SIDE, max_megapixels=1, squash=True, crop=crop).pixels
    assert np.abs(pixels - expected).mean() < 0.3


def test_a_crop_gives_the_pixels_of_an_image_cropped_beforehand() -> None:
    image = sample_images()[3]
    cropped = encode(image[56:168, 112:], "PNG")
    pixels = preprocess(encode(image, "PNG"), crop=(0.5, 0.25, 1.0, 0.75))
    np.testing.assert_array_equal(pixels, preprocess(cropped))


@pytest.mark.parametrize(
    "crop",
    [(0.5, 0, 0.5, 1), (0, 0.6, 1, 0.4), (-0.1, 0, 1, 1), (0, 0, 1, 1.1), (0, float("nan"), 1, 1)],
)
def test_a_crop_that_exceeds_the_image_is_refused(crop: Crop) -> None:
    with pytest.raises(InvalidInput, match="fractions from 0 to 1"):
        preprocess(encode(sample(), "PNG"), crop=crop)


def test_a_crop_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 8 pixels"):
        preprocess(encode(sample(), "PNG"), crop=(0, 0, 0.1, 1))


# How each orientation is stored, from the table of the EXIF standard (row 0 and column 0 are ...)
STORED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda upright: upright,  # top, left
    2: lambda upright: upright[:, ::-1],  # top, right
    3: lambda upright: upright[::-1, ::-1],  # bottom, right
    4: lambda upright: upright[::-1],  # bottom, left
    5: lambda upright: upright.swapaxes(0, 1),  # left, top
    6: lambda upright: upright.swapaxes(0, 1)[::-1],  # right, top
    7: lambda upright: upright.swapaxes(0, 1)[::-1, ::-1],  # right, bottom
    8: lambda upright: upright.swapaxes(0, 1)[:, ::-1],  # left, bottom
}


def rotated_file(kind: str, orientation: int, upright: Pixels, **options: object) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = np.ascontiguousarray(STORED[orientation](upright))
    return encode(stored, kind, exif=exif, **options)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", STORED)
def test_images_are_rotated_as_their_exif_says(orientation: int, kind: str) -> None:
    upright = sample(80, 64)
    pixels = preprocess(rotated_file(kind, orientation, upright, lossless=True))
    np.testing.assert_array_equal(pixels, upright[8:72])


@pytest.mark.parametrize("orientation", STORED)
def test_a_large_jpeg_is_shrunk_while_decoding_and_still_rotated(orientation: int) -> None:
    upright = np.asarray(Image.fromarray(sample_images()[3]).resize((1000, 1400)))
    pixels = preprocess(rotated_file("JPEG", orientation, upright, quality=95), crop=(0, 0, 1, 0.5))
    expected = preprocess(encode(upright[:700], "PNG"))
    assert np.abs(pixels.astype(int) - expected).mean() < 2


@pytest.mark.parametrize("orientation", STORED)
def test_an_avif_is_rotated_as_it_says(orientation: int) -> None:
    upright = np.asarray(Image.fromarray(sample_images()[2]).resize((8, 10)).resize((64, 80)))
    decoded = decode_image(rotated_file("AVIF", orientation, upright), side=64, max_megapixels=1)
    assert (decoded.width, decoded.height) == (64, 80)
    assert np.abs(decoded.pixels.astype(int) - upright[8:72]).mean() < 4


@pytest.mark.parametrize("orientation", [0, 9, 77, 65_535])
def test_an_unknown_orientation_changes_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    decoded = decode_image(encode(sample(64, 80), "PNG", exif=exif), side=64, max_megapixels=1)
    assert (decoded.width, decoded.height) == (80, 64)
    np.testing.assert_array_equal(decoded.pixels, sample(64, 80)[:, 8:72])


def test_grey_becomes_three_equal_channels() -> None:
    grey = sample()[..., 0]
    np.testing.assert_array_equal(preprocess(encode(grey, "PNG")), np.stack([grey] * 3, axis=-1))


def test_sixteen_bits_are_reduced_to_the_upper_eight() -> None:
    deep = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 16
    pixels = preprocess(encode(deep, "PNG"))
    np.testing.assert_array_equal(pixels[..., 1], deep // 256)


def test_black_and_white_become_0_and_255() -> None:
    board = np.indices((SIDE, SIDE)).sum(axis=0) // 8 % 2 == 1
    np.testing.assert_array_equal(preprocess(encode(board, "PNG"))[..., 2], board * 255)


def over_white(colours: Pixels, alpha: Pixels) -> NDArray[np.float64]:
    opacity = alpha[..., None] / 255
    return colours * opacity + 255 * (1 - opacity)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_blended_over_white(kind: str) -> None:
    alpha = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (SIDE, 1))
    data = encode(np.dstack([sample(), alpha]), kind, lossless=True, exact=True)
    assert np.abs(preprocess(data) - over_white(sample(), alpha)).max() <= 1


def test_grey_with_transparency_is_blended_over_white() -> None:
    grey, alpha = sample()[..., 0], np.tile(np.arange(0, 256, 4, dtype=np.uint8), (SIDE, 1))
    pixels = preprocess(encode(np.dstack([grey, alpha]), "PNG"))
    assert np.abs(pixels - over_white(np.dstack([grey] * 3), alpha)).max() <= 1


def in_palette(colour_of_entry_1: tuple[int, int, int]) -> Image.Image:
    entries = np.indices((SIDE, SIDE)).sum(axis=0) // 8 % 2
    image = Image.fromarray(entries.astype(np.uint8), "L").convert("P")
    image.putdata(entries.ravel().tolist())
    image.putpalette([10, 20, 30, *colour_of_entry_1])
    return image


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_palettes_are_looked_up(kind: str) -> None:
    pixels = preprocess(encode(in_palette((200, 100, 50)), kind))
    assert pixels[0, 0].tolist() == [10, 20, 30]
    assert pixels[0, 8].tolist() == [200, 100, 50]


@pytest.mark.parametrize(("kind", "transparency"), [("GIF", 1), ("PNG", 1), ("PNG", b"\xff\x00")])
def test_a_transparent_palette_entry_is_white(kind: str, transparency: int | bytes) -> None:
    pixels = preprocess(encode(in_palette((200, 100, 50)), kind, transparency=transparency))
    assert pixels[0, 0].tolist() == [10, 20, 30]
    assert pixels[0, 8].tolist() == [255, 255, 255]


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), colour)


def without_adobe_marker(jpeg: bytes) -> bytes:
    start = jpeg.index(b"\xff\xee")
    length = int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:start] + jpeg[start + 2 + length :]


def test_the_inks_of_a_cmyk_jpeg_are_inverted_with_and_without_adobes_marker() -> None:
    adobe = encode(plain((200, 100, 50)).convert("CMYK"), "JPEG", quality=95)
    for data in (adobe, without_adobe_marker(adobe)):
        assert np.abs(preprocess(data).astype(int) - [200, 100, 50]).max() <= 2


def test_the_inks_of_a_cmyk_tiff_are_not_inverted() -> None:
    data = encode(plain((200, 100, 50)).convert("CMYK"), "TIFF")
    assert np.abs(preprocess(data).astype(int) - [200, 100, 50]).max() <= 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_is_used(kind: str) -> None:
    frames = [plain((0, 0, 255)), plain((255, 0, 0))]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    assert (preprocess(data) == [0, 0, 255]).all()


def test_the_first_image_of_a_phones_jpeg_is_used() -> None:
    data = encode(plain((0, 0, 255)), "MPO", save_all=True, append_images=[plain((255, 0, 0))])
    assert np.abs(preprocess(data).astype(int) - [0, 0, 255]).max() <= 2


def bicubic(size: int, new_size: int) -> NDArray[np.float64]:
    """The matrix (new_size, size) of an antialiased bicubic resize, a = -0.5."""
    scale = size / new_size
    centres = (np.arange(new_size) + 0.5) * scale
    x = np.abs((np.arange(size) + 0.5 - centres[:, None]) / scale)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    weights = np.where(x < 1, near, np.where(x < 2, far, 0))
    return weights / weights.sum(axis=1, keepdims=True)


def test_larger_images_are_resized_with_antialiased_bicubic() -> None:
    matrix = bicubic(150, SIDE)
    image = sample(150, 150)
    expected = np.einsum("yh,xw,hwc->yxc", matrix, matrix, image).clip(0, 255)
    assert np.abs(preprocess(encode(image, "PNG")) - expected).max() <= 1.5


def test_threads_do_not_interfere() -> None:
    files = [encode(np.roll(sample_images()[2], n, axis=1), "JPEG") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(preprocess, files))
    np.testing.assert_array_equal(results, [preprocess(file) for file in files])
