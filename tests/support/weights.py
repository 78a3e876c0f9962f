"""Random weights in their publishers' file formats, for the stacks of tests and benchmarks."""

import fcntl
import hashlib
import json
import os
import shutil
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


def copy_weights(shared: Path, folder: Path, *names: str) -> dict[str, str]:
    """Do as `generate_weights`, but only the first process generates the files, in `shared`."""
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digests = shared / f"{'-'.join(names)}.json"
        if not digests.exists():
            digests.write_text(json.dumps(generate_weights(shared / "files", *names)))
    shutil.copytree(shared / "files", folder, dirs_exist_ok=True)
    return dict(json.loads(digests.read_text()))


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
