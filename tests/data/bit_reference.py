"""Random weights for BiT R50x1, images, and the features that the official model computes of both.

The published weights are too large for this repository. Random weights show as well whether two
networks compute the same, if every part matters: kernels so small that the epsilon of their
standardisation counts, group norms far from the identity.

`bit_reference.npy` was written by this file, in a virtual environment of its own, with
`bit_pytorch/models.py` of github.com/google-research/big_transfer (commit 140de6e) in a folder:

    pip install torch numpy
    PYTHONPATH=big_transfer python tests/data/bit_reference.py
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 224
CLASSES = 10
VECTORS = Path(__file__).with_suffix(".npy")
Weights = dict[str, NDArray[np.float32]]
# units per block, width factor
MODELS = {"R50x1": ((3, 4, 6, 3), 1), "R101x1": ((3, 4, 23, 3), 1), "R50x3": ((3, 4, 6, 3), 3)}


def sample_images() -> NDArray[np.uint8]:
    """Return noise and a nearly uniform grey: (2, 224, 224, 3)."""
    random = np.random.RandomState(20)  # the legacy generator, whose stream never changes
    noise = random.randint(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return np.stack([noise, 127 + noise % 2])


def weights(model: str = "R50x1") -> Weights:
    """Return arrays like those of the published files, by name, with few classes."""
    random = np.random.RandomState(21)
    return {name: _random_array(random, name, shape) for name, shape in layout(model).items()}


def _random_array(
    random: np.random.RandomState, name: str, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    if name.endswith("kernel"):
        scale = 10 ** random.uniform(-2.7, 0.3)
        values = scale * random.normal(0.01, 0.05, shape)
    elif name.endswith("gamma"):
        values = random.uniform(0.5, 1.5, shape)
    else:
        values = random.normal(0, 0.3, shape)
    return values.astype(np.float32)


def layout(model: str) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays in a published file, by name."""
    units, factor = MODELS[model]
    channels = 64 * factor
    shapes = {"resnet/root_block/standardized_conv2d/kernel": (7, 7, 3, channels)}
    for block, width in enumerate((64, 128, 256, 512)):
        for unit in range(units[block]):
            name = f"resnet/block{block + 1}/unit{unit + 1:02d}"
            shapes |= _unit(name, channels, width * factor, unit == 0)
            channels = 4 * width * factor
    shapes |= {f"resnet/group_norm/{part}": (channels,) for part in ("gamma", "beta")}
    return shapes | {
        "resnet/head/conv2d/kernel": (1, 1, channels, CLASSES),
        "resnet/head/conv2d/bias": (CLASSES,),
    }


def _unit(name: str, channels: int, width: int, projects: bool) -> dict[str, tuple[int, ...]]:
    parts = {
        "a": (1, 1, channels, width),
        "b": (3, 3, width, width),
        "c": (1, 1, width, 4 * width),
    }
    shapes: dict[str, tuple[int, ...]] = {}
    for part, kernel in parts.items():
        shapes[f"{name}/{part}/group_norm/gamma"] = kernel[2:3]
        shapes[f"{name}/{part}/group_norm/beta"] = kernel[2:3]
        shapes[f"{name}/{part}/standardized_conv2d/kernel"] = kernel
    if projects:
        shapes[f"{name}/a/proj/standardized_conv2d/kernel"] = (1, 1, channels, 4 * width)
    return shapes


def reference() -> NDArray[np.float64]:
    """Compute features (2, 2048) with the official model without classifier, in float64."""
    import torch
    from bit_pytorch.models import KNOWN_MODELS

    model = KNOWN_MODELS["BiT-M-R50x1"](head_size=CLASSES)
    model.load_from(weights())
    model.head.conv = torch.nn.Identity()
    batch = (torch.from_numpy(sample_images()).permute(0, 3, 1, 2).double() - 127.5) / 127.5
    with torch.no_grad():
        features: NDArray[np.float64] = model.double().eval()(batch).numpy()
    return features


if __name__ == "__main__":
    np.save(VECTORS, reference().astype(np.float32))
