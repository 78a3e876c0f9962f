"""Generates images that resemble a shop's photos in file size and decoding time."""

import io
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (400, 533)
QUALITY = 85
_OCTAVES = ((4, 60.0), (16, 30.0), (64, 14.0), (256, 5.0))  # details per width, and strength


def generate_photo(number: int, size: tuple[int, int] = SIZE) -> bytes:
    """Return a JPEG with soft shapes, texture and grain, as in a photograph; about 41 kB."""
    rng = np.random.default_rng(number)
    width, height = size
    values = np.full((height, width, 3), rng.uniform(80, 170, 3), dtype=np.float32)
    for details, strength in _OCTAVES:
        field = rng.normal(0, strength, (details * 4 // 3, details, 3)).clip(-127, 127) + 128
        soft = Image.fromarray(field.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
        values += np.asarray(soft, dtype=np.float32) - 128
    buffer = io.BytesIO()
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def generate_photos(count: int) -> list[bytes]:
    """Generate photos that all differ, using all CPU cores."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(generate_photo, range(count), chunksize=32))


def read_photos(folder: Path, limit: int) -> list[bytes]:
    """Return the first JPEG files in a folder and its subfolders, at most `limit`.

    Raises:
        SystemExit: there are no JPEG files.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})
    if not paths:
        raise SystemExit(f"there are no JPEG files in {folder}")
    return [path.read_bytes() for path in paths[:limit]]


def write_zip(path: Path, images: list[bytes]) -> Path:
    """Write an archive of items with one image each; return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, data in enumerate(images):
            archive.writestr(f"item-{number:05}.jpg", data)
    return path
