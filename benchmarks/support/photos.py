"""Photo-like pictures: as large and as costly to decode as those of a shop, and all different."""

import io
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (400, 533)
QUALITY = 85
_OCTAVES = ((4, 60.0), (16, 30.0), (64, 14.0), (256, 5.0))  # details across, and their strength


def photo(number: int) -> bytes:
    """A JPEG of some 28 kB: soft shapes, texture and grain, as in a photograph."""
    dice = np.random.default_rng(number)
    width, height = SIZE
    values = np.full((height, width, 3), dice.uniform(80, 170, 3), dtype=np.float32)
    for details, strength in _OCTAVES:
        field = dice.normal(0, strength, (details * 4 // 3, details, 3)).clip(-127, 127) + 128
        soft = Image.fromarray(field.astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
        values += np.asarray(soft, dtype=np.float32) - 128
    buffer = io.BytesIO()
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def photos(count: int) -> list[bytes]:
    """So many of them, drawn by all cores."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(photo, range(count), chunksize=32))


def write_zip(path: Path, pictures: list[bytes]) -> None:
    """An archive as a shop would send it."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, data in enumerate(pictures):
            archive.writestr(f"item-{number:05}.jpg", data)
