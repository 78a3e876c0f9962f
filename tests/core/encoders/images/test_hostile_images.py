"""Whatever bytes come, a picture or a CoreError leaves, and soon."""

import random
import struct
import time
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.encoders.images.decoding import opened as opened_header
from core.encoders.images.decoding import readable
from core.encoders.images.preprocessing import decode
from core.encoders.images.thumbnails import thumbnail
from core.errors import CoreError, TooLarge, UnreadableImage, UnsupportedMedia
from tests.data.lite0_reference import pictures

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def written(kind: str, side: int = 60, **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(pictures()[0, :side, :side]).save(file, kind, **options)
    return file.getvalue()


def header(data: bytes) -> tuple[int, int]:
    with readable():
        return opened_header(data, 192).size


def opened(data: bytes) -> np.ndarray:
    return decode(data, side=32, max_megapixels=50)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_cut_short_is_refused_with_its_reason(kind: str) -> None:
    data = written(kind)
    with pytest.raises(UnreadableImage, match="cannot be read: "):
        opened(data[: len(data) * 3 // 4])


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", bytes(1000)])
def test_what_is_no_picture_is_refused_and_the_kinds_taken_are_named(data: bytes) -> None:
    with pytest.raises(UnreadableImage, match="taken are JPEG, PNG, WEBP, GIF and BMP"):
        opened(data)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns=", "SVG"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
    ],
)
def test_kinds_that_are_not_taken_are_called_by_their_name(start: bytes, name: str) -> None:
    with pytest.raises(UnsupportedMedia, match=f"{name}.*taken are JPEG"):
        opened(start + bytes(100))


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "PPM", "TGA"])
def test_real_files_of_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises((UnsupportedMedia, UnreadableImage), match="taken are"):
        opened(written(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_under_8_pixels_is_refused(kind: str) -> None:
    with pytest.raises(UnreadableImage, match="7 x 7 pixels is too small"):
        opened(written(kind, side=7))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(side: int) -> bytes:
    """A black PNG: a few kB that would take side x side bytes."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8000, 50_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    start = time.perf_counter()
    with pytest.raises(TooLarge, match=f"{side} x {side} pixels is over the limit of 50 megapix"):
        opened(bomb(side))
    assert time.perf_counter() - start < 0.5


def test_the_limit_of_this_server_holds_not_that_of_pillow() -> None:
    data = BytesIO()
    Image.new("1", (16_000, 12_000)).save(data, "PNG")
    assert header(data.getvalue()) == (16_000, 12_000)
    with pytest.raises(TooLarge), readable():
        opened_header(data.getvalue(), max_megapixels=191)


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = written("JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(UnreadableImage, match="more than 100 scans"):
        opened(data[:-2] + 1000 * last_scan + data[-2:])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow remarks on some of them
@pytest.mark.parametrize("kind", KINDS)
def test_broken_bytes_give_a_picture_or_a_core_error(kind: str) -> None:
    chance = random.Random(kind)
    whole = written(kind, exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0")
    outcomes = set()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10))):
            data[min(chance.randrange(len(data)), chance.randrange(len(data)))] = chance.randrange(
                256
            )
        for read in (opened, header, lambda data: thumbnail(data, 16, 50)):
            try:
                read(bytes(data))
                outcomes.add("read")
            except CoreError:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}
