"""The rows of the catalogue: each describes an encoder and the file with its weights."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from core.domain import EncoderIdentity

Kind = Literal["efficientnet_lite", "applications", "big_transfer"]
Scale = Literal["caffe-1", "tf-1", "efficientnet-1", "none-1"]
"""How pixel values are scaled. caffe: BGR minus ImageNet's mean; tf: to -1..1; efficientnet and
none: not at all, because the network scales by itself (the first EfficientNets in their own way).
"""


@dataclass(frozen=True)
class PackagedWeights:
    """A weights file inside a Python package."""

    distribution: str
    package: str
    file: str
    sha256: str
    min_bytes = 0  # the digest is enough

    def path(self, _folder: Path) -> Path | None:
        """Return the path of the file, or None if the package is not installed."""
        spec = find_spec(self.package)
        folders = (spec and spec.submodule_search_locations) or []
        return next((path for f in folders if (path := Path(f, self.file)).is_file()), None)


@dataclass(frozen=True)
class PublishedWeights:
    """A weights file to download into the weights folder, with 4 bytes per parameter (float32).

    Publishers give an MD5 or no digest at all; an operator can pin a SHA-256.
    """

    file: str
    url: str
    parameters: int
    """The number of parameters, excluding the classifier."""
    md5: str | None = None

    @property
    def min_bytes(self) -> int:
        """The minimum size of a complete weights file."""
        return 4 * self.parameters

    def path(self, folder: Path) -> Path | None:
        """Return the path of the file, or None if it is not in the folder."""
        path = folder / self.file
        return path if path.is_file() else None


@dataclass(frozen=True)
class EncoderDescription:
    """An encoder of the catalogue; `side` is in pixels, `dim` is the length of its vectors."""

    name: str
    family: str
    kind: Kind
    """The module of `core.encoders.networks` that builds the network."""
    model: str
    """The name of the network in that module."""
    side: int
    dim: int
    licence: str
    weights: PackagedWeights | PublishedWeights
    scale: Scale | None = None
    """How pixel values are scaled, with a version; None for EfficientNet-Lite's own scaling."""
    preprocessing: str = "square-1"
    """How the image is cropped, with a version."""
    pooling: str = "avg"

    def identity(self, weights_sha256: str) -> EncoderIdentity:
        """Return the identity that is stored with vectors made with these weights."""
        preprocessing = ", ".join(filter(None, (self.preprocessing, self.scale, self.pooling)))
        return EncoderIdentity(self.name, self.dim, weights_sha256, preprocessing)
