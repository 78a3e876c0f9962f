"""`python -m benchmarks.plain_loop FOLDER`: pictures a second, one `predict` call each."""

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from core.encoders import lite0
from core.encoders.catalogue import describe

WARM_UP = 5


def main(folder: Path) -> None:
    """Load the network, warm it up, go through the folder."""
    description = describe("efficientnet-lite0")
    model = lite0.load(description)
    paths = sorted(folder.glob("*.jpg"))
    size = (description.side, description.side)

    def embed(path: Path) -> None:
        picture = np.asarray(Image.open(path).convert("RGB").resize(size))
        model.predict(picture[np.newaxis], verbose=0)

    for path in paths[:WARM_UP]:
        embed(path)
    started = time.perf_counter()
    for path in paths:
        embed(path)
    print(len(paths) / (time.perf_counter() - started))


main(Path(sys.argv[1]))
