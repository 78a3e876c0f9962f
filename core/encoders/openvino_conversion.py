"""Keeps networks in OpenVINO's form: converted once, by a process of its own, then only read.

Converting needs TensorFlow, several hundred MB of it; the workers that only run networks never
import it. `python -m core.encoders.openvino_conversion NAME WEIGHTS FOLDER` is that process.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from core.encoders.catalogue import describe
from core.encoders.weights.lookup import Ready, digest_of
from core.errors import NotInstalled, Unavailable

_CODE = 2  # raise it when a change here or in a network's module changes what is computed
_TIMEOUT_S = 600
_PARTS = ("model.xml", "model.bin")
_DIGESTS = "sha256"


def converted(ready: Ready, folder: Path) -> Path:
    """The converted network's `model.xml` under the folder; converts it if need be, in seconds.

    Raises:
        NotInstalled: it could not be converted.
        Unavailable: it could not be kept.
    """
    folder = folder.absolute()  # the process that converts runs elsewhere
    name, weights = ready.description.name, ready.sha256[:12]
    kept = folder / f"{name}-{weights}-{_CODE}-openvino-{version('openvino')}"
    try:
        if not _is_whole(kept):
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f".{kept.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _is_whole(kept):
                    _convert(ready, kept)
    except OSError as exc:
        raise Unavailable(f"the network cannot be kept in {folder}: {exc}") from exc
    return kept / _PARTS[0]


def _convert(ready: Ready, kept: Path) -> None:
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".converting-") as scratch:
        made = Path(scratch) / kept.name
        made.mkdir()
        _run(ready, made)
        (made / _DIGESTS).write_text(_digests(made))
        shutil.rmtree(kept, ignore_errors=True)
        made.rename(kept)


def _run(ready: Ready, made: Path) -> None:
    name = ready.description.name
    command = [
        sys.executable,
        "-m",
        "core.encoders.openvino_conversion",
        name,
        str(ready.weights),
        str(made),
    ]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    # a user's keras.json could turn channels and precision round
    environment = os.environ | quiet | {"KERAS_HOME": str(made.parent)}
    try:
        subprocess.run(
            command,
            cwd=Path(__file__).parents[2],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as exc:
        last = (exc.stderr.strip() or "it was killed").splitlines()[-1]
        raise NotInstalled(f"{name} could not be converted: {last}") from exc
    except subprocess.TimeoutExpired as exc:
        raise NotInstalled(f"{name} was not converted within {_TIMEOUT_S} seconds") from exc


def _is_whole(kept: Path) -> bool:
    """Whether all is there as it was written; a crash of the machine can leave empty files."""
    try:
        return (kept / _DIGESTS).read_text() == _digests(kept)
    except OSError:
        return False


def _digests(kept: Path) -> str:
    return "".join(f"{digest_of(kept / part, 'sha256')}  {part}\n" for part in _PARTS)


def _main(name: str, weights: Path, folder: Path) -> None:
    description = describe(name)
    from core.encoders.networks import load
    from core.encoders.openvino_runtime import ov

    network = ov.convert_model(load(description, weights))
    ov.save_model(network, folder / _PARTS[0], compress_to_fp16=False)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
