"""`python -m benchmarks.decoding [FOLDER]`: cost and accuracy of decoding images of several sizes.

The accuracy is the distance (1 - cosine) between the vectors of an image as decoded by an ingest,
and of the same image decoded in full size and resized by Pillow. The precision of the network is
f32. The images are drawn, or the JPEG files in FOLDER; they are enlarged with grain added, since
fine detail is what decoders can get wrong.
"""

import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.support import bare_inference, photos
from benchmarks.support.encoder_weights import resolve_weights
from benchmarks.support.results import Result, save_results
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder

ENCODER = "efficientnet-lite0"
IMAGES = 30
WIDTHS = (400, 1000, 2000, 4000)
GRAIN = 4.0
QUALITY = 90


def main(arguments: list[str]) -> None:
    """Measure every size, then print and save the results."""
    drawn = [photos.generate_photo(number) for number in range(IMAGES)]
    images = photos.read_photos(Path(arguments[0]), IMAGES) if arguments else drawn
    print(f"{'width':>6}{'kB':>8}{'decode ms':>11}{'Pillow ms':>11}{'1-cos':>10}{'highest':>10}")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        weights, _ = resolve_weights(ENCODER, Path(folder))
        encoder = open_encoder(weights, folder=Path(folder) / "models", precision="f32")
        for width in WIDTHS:
            results.append(_measure(encoder, [_enlarge(data, width) for data in images], width))
    save_results("decoding", results)


def _enlarge(data: bytes, width: int) -> bytes:
    """Return a JPEG of this width with grain."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image = image.resize(
        (width, round(image.height * width / image.width)), Image.Resampling.BICUBIC
    )
    grain = np.random.default_rng(0).normal(0, GRAIN, (image.height, image.width, 1))
    pixels = (np.asarray(image) + grain.astype(np.float32)).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _measure(encoder: Encoder, images: list[bytes], width: int) -> Result:
    took, took_pillow, distances = [], [], []
    for data in images:
        started = time.process_time()
        pixels = bare_inference.decode(encoder, data)
        decoded = time.process_time()
        exact = _decode_exactly(data, encoder.side)
        took_pillow.append((time.process_time() - decoded) * 1000)
        took.append((decoded - started) * 1000)
        vector, exact_vector = encoder.encode(np.stack([pixels, exact])).astype(np.float64)
        distances.append(1 - float(vector @ exact_vector))
    size = sum(map(len, images)) / len(images) / 1000
    times = f"{np.median(took):>11.2f}{np.median(took_pillow):>11.2f}"
    print(
        f"{width:>6}{size:>8.0f}{times}{np.mean(distances):>10.1e}{max(distances):>10.1e}",
        flush=True,
    )
    return Result(name=f"decode, {width} pixels wide", rounds=took, unit="ms", better="lower")


def _decode_exactly(data: bytes, side: int) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return np.asarray(square.resize((side, side), Image.Resampling.BICUBIC))


if __name__ == "__main__":
    main(sys.argv[1:])
