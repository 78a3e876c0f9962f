"""Random weights in their publishers' file formats, for the stacks of tests and benchmarks."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path


def generate_weights(folder: Path, *names: str) -> dict[str, str]:
    """Write random weights of these encoders into the folder; return the SHA-256 of each.

    Runs in a process of its own, because it needs TensorFlow.
    """
    from core.encoders.catalogue import describe

    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.support.weights", str(folder), *names]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    files = {name: folder / describe(name).weights.file for name in names}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def _write(folder: Path, name: str) -> None:
    import numpy as np

    from core.encoders.catalogue import describe
    from tests.data import bit_reference
    from tests.support.seeded_weights import write_weights

    description = describe(name)
    path = folder / description.weights.file
    if description.kind == "big_transfer":
        np.savez(path, **bit_reference.weights(description.model))
    else:
        write_weights(description, path)


if __name__ == "__main__":
    for encoder in sys.argv[2:]:
        _write(Path(sys.argv[1]), encoder)
