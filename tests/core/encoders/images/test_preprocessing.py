"""What pixels come out of which picture file."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from core.encoders.images import preprocessing
from core.errors import InvalidInput
from tests.data.lite0_reference import pictures

Pixels = NDArray[np.uint8]
SIDE = 64
decode = partial(preprocessing.decode, side=SIDE, max_megapixels=50)


def written(array: Pixels | Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture = array if isinstance(array, Image.Image) else Image.fromarray(array)
    picture.save(file, kind, **options)
    return file.getvalue()


def drawn(height: int = SIDE, width: int = SIDE) -> Pixels:
    return pictures()[2, :height, :width]


@pytest.mark.parametrize(
    "write",
    [
        partial(written, kind="PNG"),
        partial(written, kind="BMP"),
        partial(written, kind="WEBP", lossless=True),
    ],
)
def test_lossless_pictures_of_the_right_size_come_out_as_they_are(
    write: Callable[[Pixels], bytes],
) -> None:
    np.testing.assert_array_equal(decode(write(drawn())), drawn())


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_pictures_come_out_nearly_as_they_are(kind: str) -> None:
    smooth = np.asarray(Image.fromarray(drawn()).resize((8, 8)).resize((SIDE, SIDE)))
    found = decode(written(smooth, kind, quality=95))
    assert np.abs(found.astype(int) - smooth).mean() < 3


def test_the_largest_centred_square_is_taken() -> None:
    np.testing.assert_array_equal(decode(written(drawn(64, 100), "PNG")), drawn(64, 100)[:, 18:82])
    np.testing.assert_array_equal(decode(written(drawn(101, 64), "PNG")), drawn(101, 64)[18:82])


def test_a_crop_gives_the_pixels_of_the_picture_cut_by_hand() -> None:
    whole = pictures()[3]
    cut = written(whole[56:168, 112:], "PNG")
    found = decode(written(whole, "PNG"), crop=(0.5, 0.25, 1.0, 0.75))
    np.testing.assert_array_equal(found, decode(cut))


@pytest.mark.parametrize(
    "crop",
    [(0.5, 0, 0.5, 1), (0, 0.6, 1, 0.4), (-0.1, 0, 1, 1), (0, 0, 1, 1.1), (0, float("nan"), 1, 1)],
)
def test_a_crop_that_is_not_inside_the_picture_is_refused(crop: preprocessing.Crop) -> None:
    with pytest.raises(InvalidInput, match="fractions from 0 to 1"):
        decode(written(drawn(), "PNG"), crop=crop)


def test_a_crop_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leaves less than 8 pixels"):
        decode(written(drawn(), "PNG"), crop=(0, 0, 0.1, 1))


# How each orientation is stored, from the table of the EXIF standard (row 0 and column 0 are ...)
STORED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda seen: seen,  # top, left
    2: lambda seen: seen[:, ::-1],  # top, right
    3: lambda seen: seen[::-1, ::-1],  # bottom, right
    4: lambda seen: seen[::-1],  # bottom, left
    5: lambda seen: seen.swapaxes(0, 1),  # left, top
    6: lambda seen: seen.swapaxes(0, 1)[::-1],  # right, top
    7: lambda seen: seen.swapaxes(0, 1)[::-1, ::-1],  # right, bottom
    8: lambda seen: seen.swapaxes(0, 1)[:, ::-1],  # left, bottom
}


def turned(kind: str, orientation: int, seen: Pixels, **options: object) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = np.ascontiguousarray(STORED[orientation](seen))
    return written(stored, kind, exif=exif, **options)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_pictures_are_turned_as_their_exif_says(orientation: int, kind: str) -> None:
    seen = drawn(80, 64)
    found = decode(turned(kind, orientation, seen, lossless=True))
    np.testing.assert_array_equal(found, seen[8:72])


@pytest.mark.parametrize("orientation", STORED)
def test_a_large_jpeg_is_shrunk_while_decoding_and_still_turned(orientation: int) -> None:
    seen = np.asarray(Image.fromarray(pictures()[3]).resize((1000, 1400)))
    found = decode(turned("JPEG", orientation, seen, quality=95), crop=(0, 0, 1, 0.5))
    expected = decode(written(seen[:700], "PNG"))
    assert np.abs(found.astype(int) - expected).mean() < 2


def test_an_orientation_that_does_not_exist_leaves_the_picture_alone() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 77
    np.testing.assert_array_equal(decode(written(drawn(), "PNG", exif=exif)), drawn())


def test_grey_becomes_three_equal_channels() -> None:
    grey = drawn()[..., 0]
    np.testing.assert_array_equal(decode(written(grey, "PNG")), np.stack([grey] * 3, axis=-1))


def test_sixteen_bits_are_cut_to_the_upper_eight() -> None:
    deep = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 16
    found = decode(written(deep, "PNG"))
    np.testing.assert_array_equal(found[..., 1], deep // 256)


def test_black_and_white_comes_out_as_0_and_255() -> None:
    board = np.indices((SIDE, SIDE)).sum(axis=0) // 8 % 2 == 1
    np.testing.assert_array_equal(decode(written(board, "PNG"))[..., 2], board * 255)


def over_white(colours: Pixels, alpha: Pixels) -> NDArray[np.float64]:
    part = alpha[..., None] / 255
    return colours * part + 255 * (1 - part)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparent_parts_lie_over_white(kind: str) -> None:
    alpha = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (SIDE, 1))
    data = written(np.dstack([drawn(), alpha]), kind, lossless=True, exact=True)
    assert np.abs(decode(data) - over_white(drawn(), alpha)).max() <= 1


def test_grey_with_transparency_lies_over_white() -> None:
    grey, alpha = drawn()[..., 0], np.tile(np.arange(0, 256, 4, dtype=np.uint8), (SIDE, 1))
    found = decode(written(np.dstack([grey, alpha]), "PNG"))
    assert np.abs(found - over_white(np.dstack([grey] * 3), alpha)).max() <= 1


def in_palette(colour_of_entry_1: tuple[int, int, int]) -> Image.Image:
    entries = np.indices((SIDE, SIDE)).sum(axis=0) // 8 % 2
    picture = Image.fromarray(entries.astype(np.uint8), "L").convert("P")
    picture.putdata(entries.ravel().tolist())
    picture.putpalette([10, 20, 30, *colour_of_entry_1])
    return picture


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_palettes_are_looked_up(kind: str) -> None:
    found = decode(written(in_palette((200, 100, 50)), kind))
    assert found[0, 0].tolist() == [10, 20, 30]
    assert found[0, 8].tolist() == [200, 100, 50]


@pytest.mark.parametrize(("kind", "transparency"), [("GIF", 1), ("PNG", 1), ("PNG", b"\xff\x00")])
def test_a_transparent_palette_entry_is_white(kind: str, transparency: int | bytes) -> None:
    found = decode(written(in_palette((200, 100, 50)), kind, transparency=transparency))
    assert found[0, 0].tolist() == [10, 20, 30]
    assert found[0, 8].tolist() == [255, 255, 255]


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), colour)


def without_adobe_marker(jpeg: bytes) -> bytes:
    start = jpeg.index(b"\xff\xee")
    length = int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:start] + jpeg[start + 2 + length :]


def test_the_inks_of_adobes_cmyk_jpegs_are_inverted_and_those_of_others_not() -> None:
    inks = plain((200, 100, 50)).convert("CMYK")
    adobe = written(inks, "JPEG", quality=95)
    other = without_adobe_marker(written(inks.point(lambda ink: 255 - ink), "JPEG", quality=95))
    for data in (adobe, other):
        assert np.abs(decode(data).astype(int) - [200, 100, 50]).max() <= 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_is_taken(kind: str) -> None:
    frames = [plain((0, 0, 255)), plain((255, 0, 0))]
    data = written(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    assert (decode(data) == [0, 0, 255]).all()


def test_the_first_picture_of_a_phones_jpeg_is_taken() -> None:
    data = written(plain((0, 0, 255)), "MPO", save_all=True, append_images=[plain((255, 0, 0))])
    assert np.abs(decode(data).astype(int) - [0, 0, 255]).max() <= 2


def bicubic(size: int, new_size: int) -> NDArray[np.float64]:
    """The matrix (new_size, size) of an antialiased bicubic resize, a = -0.5."""
    scale = size / new_size
    centres = (np.arange(new_size) + 0.5) * scale
    x = np.abs((np.arange(size) + 0.5 - centres[:, None]) / scale)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    weights = np.where(x < 1, near, np.where(x < 2, far, 0))
    return weights / weights.sum(axis=1, keepdims=True)


def test_larger_pictures_are_resized_by_antialiased_bicubic() -> None:
    matrix = bicubic(150, SIDE)
    picture = drawn(150, 150)
    expected = np.einsum("yh,xw,hwc->yxc", matrix, matrix, picture).clip(0, 255)
    assert np.abs(decode(written(picture, "PNG")) - expected).max() <= 1.5


def test_threads_do_not_disturb_each_other() -> None:
    files = [written(np.roll(pictures()[2], n, axis=1), "JPEG") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(decode, files))
    np.testing.assert_array_equal(found, [decode(file) for file in files])
