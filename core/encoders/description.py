"""What the catalogue holds of a network, and of the file its weights are in."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from core.domain import EncoderIdentity

Kind = Literal["lite0", "applications", "bit"]
Scale = Literal["caffe-1", "tf-1", "efficientnet-1", "none-1"]
"""Blue first, less ImageNet's mean; -1 to 1; as it is, for networks that scale by themselves, the
first EfficientNets in a way of their own."""


@dataclass(frozen=True)
class PackagedWeights:
    """A weights file that comes inside a Python package."""

    distribution: str
    package: str
    file: str
    sha256: str

    def path(self, _folder: Path) -> Path | None:
        """Where the file is on this machine, if it is."""
        spec = find_spec(self.package)
        folders = (spec and spec.submodule_search_locations) or []
        return next((path for f in folders if (path := Path(f, self.file)).is_file()), None)


@dataclass(frozen=True)
class PublishedWeights:
    """A weights file to be fetched into the folder of weights; float32, so 4 bytes a parameter.

    Its publisher gives an MD5 or no digest at all; an operator can pin a SHA-256.
    """

    file: str
    url: str
    parameters: int
    """Of the network without its classifier: the file cannot be shorter than these."""
    md5: str | None = None

    @property
    def least_bytes(self) -> int:
        """A shorter file is not whole."""
        return 4 * self.parameters

    def path(self, folder: Path) -> Path | None:
        """Where the file is on this machine, if it is."""
        path = folder / self.file
        return path if path.is_file() else None


@dataclass(frozen=True)
class EncoderDescription:
    """One network of the catalogue; `side` in pixels, `dim` the length of its vectors."""

    name: str
    family: str
    kind: Kind
    """The module of `core.encoders.networks` that builds it."""
    model: str
    """What that module calls it."""
    side: int
    dim: int
    preprocessing: str
    """The cut of the picture, with its version."""
    pooling: str
    licence: str
    weights: PackagedWeights | PublishedWeights
    scale: Scale | None = None
    """Of the picture's numbers, with its version; EfficientNet-Lite0's goes without saying."""

    def identity(self, weights_sha256: str) -> EncoderIdentity:
        """What vectors made with these weights are marked with."""
        steps = (self.preprocessing, self.scale, self.pooling)
        return EncoderIdentity(
            name=self.name,
            dim=self.dim,
            weights=weights_sha256,
            preprocessing=", ".join(step for step in steps if step),
        )
