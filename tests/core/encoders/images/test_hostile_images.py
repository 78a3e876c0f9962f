"""Any bytes give an image or a CoreError, and quickly."""

import random
import struct
import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.encoders.images import decoding
from core.encoders.images.preprocessing import decode_image
from core.encoders.images.thumbnails import thumbnail
from core.errors import CoreError, TooLarge, UnreadableImage, UnsupportedMediaType
from tests.data.lite_reference import sample_images
from tests.support.hostile_images import decompression_bomb

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
SUPPORTED = "supported formats are JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC"


def encode(kind: str, side: int = 60, **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(sample_images()[0, :side, :side]).save(file, kind, **options)
    return file.getvalue()


def read_header(data: bytes) -> tuple[int, int]:
    with decoding.decoding_errors():
        return decoding.open_image(data, 192).size


def decode(data: bytes) -> np.ndarray:
    return decode_image(data, side=32, max_megapixels=50).pixels


@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_image_is_refused_with_a_reason(kind: str) -> None:
    data = encode(kind)
    with pytest.raises(UnreadableImage, match=r"cannot be read: |its beginning is damaged"):
        decode(data[: len(data) * 3 // 4])


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", bytes(1000)])
def test_other_bytes_are_refused_and_the_supported_formats_are_named(data: bytes) -> None:
    with pytest.raises(UnreadableImage, match=SUPPORTED):
        decode(data)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"%PDF-1.7", "a PDF"),
        (b"<svg xmlns=", "an SVG image"),
        (b"\0\0\0\x1cftypisom", "a video"),
        (b"8BPS", "a Photoshop file"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"PK\3\4", "a zip archive"),
        (b"\x1f\x8b", "a gzip file"),
        (b'{"image": ', "JSON"),
        (b"https://shop.example/A.jpg", "a URL"),
        (b"/9j/4AAQSkZJRgABAQ", "base64 text"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"%!PS-Adobe", "a PostScript file"),
    ],
)
def test_known_unsupported_formats_are_named(start: bytes, name: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=f"this is {name}.*{SUPPORTED}"):
        decode(start + bytes(100))


@pytest.mark.parametrize("kind", ["PPM", "TGA", "ICO", "JPEG2000"])
def test_real_files_of_other_formats_are_refused(kind: str) -> None:
    with pytest.raises((UnsupportedMediaType, UnreadableImage), match="supported formats are"):
        decode(encode(kind))


def tiff(tags: dict[int, int], pixels: bytes) -> bytes:
    """A TIFF file with these numbers as its tags, and its pixels behind the header."""
    start = struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    return start + struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4)


GREY = {256: 20, 257: 20, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 20, 279: 400}


def test_a_tiff_with_tiles_far_larger_than_its_image_is_refused() -> None:
    assert decode(tiff(GREY, bytes(400))).max() == 0
    tiles = {322: 65_536, 323: 8192, 324: 8, 325: 400}
    with pytest.raises(TooLarge, match="tiles of 65536 x 8192 pixels"):
        decode(tiff(GREY | tiles, bytes(400)))


def test_pixels_that_pillow_would_read_wrongly_are_refused() -> None:
    inverted = {258: 16, 262: 0, 279: 800}
    with pytest.raises(UnsupportedMediaType, match="16-bit image with an inverted grey scale"):
        decode(tiff(GREY | inverted, bytes(800)))
    with pytest.raises(UnsupportedMediaType, match="32 bits per channel"):
        decode(tiff(GREY | {258: 32, 279: 1600, 339: 3}, bytes(1600)))


@pytest.mark.parametrize("kind", FORMATS)
def test_an_image_of_under_8_pixels_is_refused(kind: str) -> None:
    with pytest.raises(UnreadableImage, match="7 x 7 pixels is too small"):
        decode(encode(kind, side=7))


@pytest.mark.parametrize("side", [8000, 50_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    start = time.perf_counter()
    with pytest.raises(TooLarge, match=f"{side} x {side} pixels exceeds the limit of 50 megapix"):
        decode(decompression_bomb(side))
    assert time.perf_counter() - start < 0.5


def test_the_limit_of_this_server_applies_instead_of_pillows() -> None:
    data = BytesIO()
    Image.new("1", (16_000, 12_000)).save(data, "PNG")
    assert read_header(data.getvalue()) == (16_000, 12_000)
    with pytest.raises(TooLarge), decoding.decoding_errors():
        decoding.open_image(data.getvalue(), max_megapixels=191)


def test_a_jpeg_with_a_thousand_scans_is_refused() -> None:
    data = encode("JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(UnreadableImage, match="more than 100 scans"):
        decode(data[:-2] + 1000 * last_scan + data[-2:])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns about some of them
@pytest.mark.parametrize("kind", FORMATS)
def test_broken_bytes_give_an_image_or_a_core_error(kind: str) -> None:
    rng = random.Random(kind)
    intact = encode(kind, exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0")
    outcomes = set()
    for _ in range(400):
        data = bytearray(intact)
        for _ in range(rng.choice((1, 3, 10))):
            data[min(rng.randrange(len(data)), rng.randrange(len(data)))] = rng.randrange(256)
        for read in (decode, read_header, lambda data: thumbnail(data, 16, 50)):
            try:
                read(bytes(data))
                outcomes.add("accepted")
            except CoreError:
                outcomes.add("refused")
    assert outcomes == {"accepted", "refused"}
