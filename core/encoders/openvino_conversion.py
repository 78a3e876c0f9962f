"""Converts networks to OpenVINO's format, once and in a separate process.

The conversion needs TensorFlow; the separate process keeps several hundred MB of TensorFlow out of
the workers' memory. The process is `python -m core.encoders.openvino_conversion NAME WEIGHTS
FOLDER`.
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
from core.encoders.weights.lookup import ResolvedWeights, file_digest
from core.errors import NotInstalled, Unavailable

_VERSION = 3  # increment this when a change here or to a network changes its outputs
_TIMEOUT_S = 600
_FILES = ("model.xml", "model.bin")
_DIGESTS = "sha256"


def ensure_converted(weights: ResolvedWeights, folder: Path) -> Path:
    """Return the `model.xml` of the converted network; convert the network first if necessary.

    Raises:
        NotInstalled: the conversion failed.
        Unavailable: the result could not be written.
    """
    folder = folder.absolute()  # the converting process has another working directory
    name = f"{weights.description.name}-{weights.sha256[:12]}-{_VERSION}"
    target = folder / f"{name}-openvino-{version('openvino')}"
    try:
        if not _is_complete(target):
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f".{target.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _is_complete(target):
                    _convert(weights, target)
    except OSError as exc:
        raise Unavailable(f"cannot write the converted network to {folder}: {exc}") from exc
    return target / _FILES[0]


def _convert(weights: ResolvedWeights, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".converting-") as scratch:
        output = Path(scratch) / target.name
        output.mkdir()
        _run_converter(weights, output)
        (output / _DIGESTS).write_text(_digests(output))
        shutil.rmtree(target, ignore_errors=True)
        output.rename(target)


def _run_converter(weights: ResolvedWeights, output: Path) -> None:
    name = weights.description.name
    arguments = (name, str(weights.path), str(output))
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    # A user's keras.json could change the order of the channels and the precision.
    environment = os.environ | quiet | {"KERAS_HOME": str(output.parent)}
    try:
        subprocess.run(
            [sys.executable, "-m", "core.encoders.openvino_conversion", *arguments],
            cwd=Path(__file__).parents[2],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as exc:
        last_line = (exc.stderr.strip() or "the converter was killed").splitlines()[-1]
        raise NotInstalled(f"{name} could not be converted for OpenVINO: {last_line}") from exc
    except subprocess.TimeoutExpired as exc:
        raise NotInstalled(f"the conversion of {name} took over {_TIMEOUT_S} s; try again") from exc


def _is_complete(folder: Path) -> bool:
    """Return whether the files match their digests; a power cut can leave empty files."""
    try:
        return (folder / _DIGESTS).read_text() == _digests(folder)
    except OSError:
        return False


def _digests(folder: Path) -> str:
    return "".join(f"{file_digest(folder / file, 'sha256')}  {file}\n" for file in _FILES)


def _main(name: str, weights: Path, folder: Path) -> None:
    description = describe(name)
    from core.encoders.networks import load
    from core.encoders.openvino_runtime import ov

    network = ov.convert_model(load(description, weights))
    ov.save_model(network, folder / _FILES[0], compress_to_fp16=False)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
