"""Images as shops send them: each as a browser shows it, or refused.

`files` contains small images with the faults of real ones; siblings are built here.
"""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from core.encoders.images.preprocessing import EncoderInput, decode_image
from core.encoders.images.thumbnails import thumbnail
from core.errors import UnreadableImage

FILES = Path(__file__).parent / "files"
SIDE = 64


def decode(data: bytes) -> EncoderInput:
    """Decode an image, which must also have a thumbnail of the same shape."""
    decoded = decode_image(data, side=SIDE, max_megapixels=50)
    width, height = Image.open(BytesIO(thumbnail(data, SIDE, 50))).size
    assert abs(width * decoded.height - height * decoded.width) <= 5 * max(decoded.width, width)
    return decoded


def read(name: str) -> bytes:
    return (FILES / name).read_bytes()


def base() -> NDArray[np.uint8]:
    return decode(read("base.png")).pixels


def png_chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    crc = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def png(depth: int, colours: int, rows: list[bytes], *chunks: bytes) -> bytes:
    """A PNG of 16 x 16 pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, depth, colours, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + png_chunk(b"IEND", b"")


def with_chunk(data: bytes, chunk: bytes) -> bytes:
    """A PNG with another chunk behind its header."""
    return data[:33] + chunk + data[33:]


def test_a_png_with_damaged_pixels_is_refused() -> None:
    with pytest.raises(UnreadableImage, match="damaged: a chunk of type IDAT has a wrong checksum"):
        decode(read("png-damaged-0.5.png"))


def test_a_png_with_damaged_pixels_and_right_checksums_is_refused() -> None:
    rows = [bytes(range(n, n + 48)) for n in range(16)]
    data = png(8, 2, rows)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    broken = packed[:40] + b"\xff\xff\xff" + packed[43:]
    with pytest.raises(UnreadableImage, match="cannot be read"):
        decode(data.replace(png_chunk(b"IDAT", packed), png_chunk(b"IDAT", broken)))


def test_metadata_of_a_png_can_be_damaged_or_long() -> None:
    text, profile = b"comment\0\0" + zlib.compress(bytes(3_000_000)), b"p\0\0" + b"no profile"
    for data in (
        read("png-bad-crc-ancillary.png"),
        with_chunk(read("base.png"), png_chunk(b"zTXt", text)),
        with_chunk(read("base.png"), png_chunk(b"iTXt", b"comment\0\1\0\0\0" + text[9:])),
        with_chunk(read("base.png"), png_chunk(b"iCCP", profile)),
        with_chunk(read("base.png"), png_chunk(b"eXIf", b"MM\0*", checksum=1)),
        read("base.png")[:-12],  # without IEND
    ):
        np.testing.assert_array_equal(decode(data).pixels, base())


def test_a_long_text_of_a_png_is_not_in_its_way() -> None:
    image, info = Image.open(FILES / "base.png"), PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "x" * 1_700_000, zip=True)
    file = BytesIO()
    image.save(file, "PNG", pnginfo=info)
    np.testing.assert_array_equal(decode(file.getvalue()).pixels, base())


def test_a_jpeg_can_lack_its_end_marker() -> None:
    whole = decode(read("base.jpg")).pixels
    np.testing.assert_array_equal(decode(read("jpg-no-eoi.jpg")).pixels, whole)
    np.testing.assert_array_equal(decode(read("jpg-no-eoi.jpg") + bytes(999)).pixels, whole)


def jpeg(**options: object) -> bytes:
    file = BytesIO()
    image = Image.open(FILES / "base.png").convert("RGB")
    image.save(file, "JPEG", **{"quality": 90, **options})
    return file.getvalue()


@pytest.mark.parametrize("cut", [3, 10, 100, 2000, 5000])
@pytest.mark.parametrize("filling", [b"", bytes(10_000)])
def test_a_jpeg_that_lacks_pixels_is_refused(cut: int, filling: bytes) -> None:
    with pytest.raises(UnreadableImage, match="truncated"):
        decode(read("base.jpg")[: -2 - cut] + filling)


@pytest.mark.parametrize("options", [{"progressive": True}, {"quality": 30}, {"subsampling": 0}])
def test_any_jpeg_without_restart_intervals_can_lack_its_end_marker(
    options: dict[str, object],
) -> None:
    whole = jpeg(**options)
    np.testing.assert_array_equal(decode(whole[:-2]).pixels, decode(whole).pixels)
    np.testing.assert_array_equal(decode(whole[:-1]).pixels, decode(whole).pixels)


@pytest.mark.parametrize(
    ("options", "marker"),
    [({"progressive": True}, b"\xff\xda"), ({"restart_marker_rows": 1}, b"\xff\xd0")],
)
def test_a_jpeg_that_lacks_sections_is_refused(options: dict[str, object], marker: bytes) -> None:
    data = jpeg(**options)
    for cut in (data.rindex(marker), data.rindex(marker) + 2, len(data) - 30):
        with pytest.raises(UnreadableImage, match="truncated"):
            decode(data[:cut])


@pytest.mark.parametrize("name", ["orient-bad-9.jpg", "xmp-orientation-6-no-exif.jpg"])
def test_only_a_valid_exif_orientation_turns_an_image(name: str) -> None:
    decoded = decode(read(name))
    assert (decoded.width, decoded.height) == (240, 320)
    assert np.abs(decoded.pixels.astype(int) - decode(read("base.jpg")).pixels).max() <= 2


def test_the_transparent_value_of_16_bits_of_grey_is_white() -> None:
    image = Image.open(FILES / "png-16-gray-trns.png")
    transparent = np.asarray(image) == image.info["transparency"]
    values = np.where(transparent, 255, np.asarray(image) // 256)[10:70]
    expected = np.asarray(Image.fromarray(values.astype(np.uint8)).resize((SIDE, SIDE)))
    pixels = decode(read("png-16-gray-trns.png")).pixels[..., 0].astype(int)
    assert np.abs(pixels - expected).mean() < 12


def packed_row(values: list[int], depth: int) -> bytes:
    bits = "".join(format(value, f"0{depth}b") for value in values)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_grey_is_white_at_any_depth(depth: int) -> None:
    for transparent in {0, 2 ** (depth - 1) - 1, 2**depth - 2}:
        other = 2**depth - 1
        rows = [packed_row([transparent] * 8 + [other] * 8, depth)] * 16
        chunk = png_chunk(b"tRNS", struct.pack(">H", transparent))
        pixels = decode_image(png(depth, 0, rows, chunk), side=16, max_megapixels=1).pixels
        assert (pixels == 255).all()
        opaque = decode_image(png(depth, 0, rows), side=16, max_megapixels=1).pixels
        assert opaque[0, 0, 0] == (transparent >> 8 if depth == 16 else transparent * 255 // other)


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_colour_is_white(depth: int) -> None:
    scale = 2 ** (depth - 8)
    transparent, other = [200 * scale, 10 * scale, 30 * scale], [5 * scale, 90 * scale, 7 * scale]
    rows = [packed_row(transparent * 8 + other * 8, depth)] * 16
    chunk = png_chunk(b"tRNS", struct.pack(">3H", *transparent))
    pixels = decode_image(png(depth, 2, rows, chunk), side=16, max_megapixels=1).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 15].tolist() == [5, 90, 7]


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "HEIF", "WEBP", "PNG"])
def test_transparency_of_any_format_is_blended_over_white(kind: str) -> None:
    image = Image.new("RGBA", (SIDE, SIDE), (200, 100, 50, 255))
    image.paste((0, 0, 0, 0), (0, 0, SIDE // 2, SIDE))
    file = BytesIO()
    image.save(file, kind, lossless=True)
    pixels = decode(file.getvalue()).pixels
    assert pixels[:, : SIDE // 2 - 4].min() >= 250
    assert np.abs(pixels[:, SIDE // 2 + 4 :].astype(int) - [200, 100, 50]).max() <= 5


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bits_of_grey_in_a_tiff_are_reduced_to_8(order: str) -> None:
    values = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 16
    file = BytesIO()
    Image.fromarray(values.astype(order)).save(file, "TIFF")
    np.testing.assert_array_equal(decode(file.getvalue()).pixels[..., 0], values // 256)
