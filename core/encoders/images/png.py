"""Removes the metadata from a PNG, except what viewers need to show the image correctly.

Pillow refuses damaged or very long metadata, even if the image is intact. Moreover, it finds the
EXIF data only before the pixels, and does not verify the checksums of the pixels.
"""

import struct
import zlib

from core.errors import UnreadableImage

_SIGNATURE_BYTES = 8
_FRAME_BYTES = 12  # length, type and checksum of a chunk
_USED_METADATA = {b"tRNS", b"eXIf"}
_GREY, _RGB = 0, 2  # types of colours in the header
_MAX_DEPTH = 16
_ANCILLARY = 0x20  # this bit of the type's first byte says that a chunk may be ignored


def without_metadata(data: bytes) -> bytes:
    """Return a PNG file reduced to its pixels, palette, transparency and EXIF data.

    Raises:
        UnreadableImage: the checksum of a chunk that cannot be dropped is wrong.
    """
    view, position = memoryview(data), _SIGNATURE_BYTES
    before_pixels: list[bytes | memoryview] = [view[:_SIGNATURE_BYTES]]
    pixels: list[memoryview] = []
    while position + _FRAME_BYTES <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        chunk = view[position : position + _FRAME_BYTES + length]
        position += _FRAME_BYTES + length
        if kind in _USED_METADATA:
            if _is_intact(chunk, length):
                before_pixels.append(_scaled(chunk, data) if kind == b"tRNS" else chunk)
        elif not kind[0] & _ANCILLARY:
            _check(chunk, length, kind)
            (pixels if pixels or kind == b"IDAT" else before_pixels).append(chunk)
        if kind == b"IEND":
            return b"".join((*before_pixels, *pixels))
    return b"".join((*before_pixels, *pixels, view[position:]))


def _scaled(transparency: memoryview, data: bytes) -> bytes | memoryview:
    """Return a tRNS chunk with the transparent colour scaled to the 8 bits that Pillow expects.

    Pillow compares the stored colour unscaled, which is right only for 8 bits per channel and for
    16-bit grey.
    """
    depth, colours, length = data[24], data[25], len(transparency) - _FRAME_BYTES
    values = struct.unpack_from(f">{length // 2}H", transparency, 8)
    if colours == _GREY and depth in {2, 4}:
        values = tuple(value * 255 // (2**depth - 1) for value in values)
    elif colours == _RGB and depth == _MAX_DEPTH:
        values = tuple(value >> 8 for value in values)
    else:
        return transparency
    body = b"tRNS" + struct.pack(f">{len(values)}H", *values)
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _check(chunk: memoryview, length: int, kind: bytes) -> None:
    is_whole = len(chunk) == _FRAME_BYTES + length  # otherwise Pillow finds that it is truncated
    if is_whole and not _is_intact(chunk, length):
        name = kind.decode("ascii", "backslashreplace")
        raise UnreadableImage(f"this PNG is damaged: a chunk of type {name} has a wrong checksum")


def _is_intact(chunk: memoryview, length: int) -> bool:
    if len(chunk) < _FRAME_BYTES + length:
        return False
    return zlib.crc32(chunk[4 : 8 + length]) == int.from_bytes(chunk[8 + length :])
