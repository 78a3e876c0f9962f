"""The rows of the catalogue: each describes an encoder and the file with its weights."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from core.domain import EncoderIdentity
from core.encoders.onnx.description import OnnxDescription
from core.errors import InvalidInput

Kind = Literal["efficientnet_lite", "applications", "big_transfer", "onnx"]
PartName = Literal["network", "middle", "colour"]
Recipe = Literal["network-1", "parts-1", "fitted-1"]
"""How vectors are made. network-1: the pooled last layer alone; parts-1: with a middle layer, if
the network has one, and colour; fitted-1: the same parts, of which the network's lose the mean of
the collection's images and keep only the main directions.
"""
DEFAULT_RECIPE: Recipe = "parts-1"
"""The recipe of new collections."""
COLOUR_DIM = 64
FITTED_DIMS: Mapping[PartName, int] = {"network": 256, "middle": 128}
"""The lengths of the fitted parts, at most; shorter ones find the same image less often."""
Scale = Literal["caffe-1", "tf-1", "efficientnet-1", "none-1", "onnx-1"]
"""How pixel values are scaled. caffe: BGR minus ImageNet's mean; tf: to -1..1; efficientnet and
none: not at all, because the network scales by itself (the first EfficientNets in their own way);
onnx: as its `OnnxDescription` says.
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
        try:
            paths = [Path(folder, self.file) for folder in _folders(self.package)]
        except ModuleNotFoundError:
            return None
        return next((path for path in paths if path.is_file()), None)


@cache  # every search asks; a package that is missing may be installed later
def _folders(package: str) -> tuple[str, ...]:
    """Return the folders of a package.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(package)
    return tuple(spec.submodule_search_locations or ())


@dataclass(frozen=True)
class PublishedWeights:
    """A weights file to download into the weights folder, with 4 bytes per parameter (float32).

    Publishers give an MD5, a SHA-256 or no digest at all; an operator can pin a SHA-256.
    """

    file: str
    url: str
    parameters: int
    """The number of parameters, excluding the classifier."""
    md5: str | None = None
    sha256: str | None = None

    @property
    def min_bytes(self) -> int:
        """The minimum size of a complete weights file."""
        return 4 * self.parameters

    def path(self, folder: Path) -> Path | None:
        """Return the path of the file, or None if it is not in the folder."""
        path = folder / self.file
        return path if path.is_file() else None


@dataclass(frozen=True)
class OwnWeights:
    """An operator's file in the weights folder."""

    file: str
    description_sha256: str = ""
    min_bytes = 0  # of unknown size

    def path(self, folder: Path) -> Path | None:
        """Return the path of the file, or None if it is not in the folder."""
        path = folder / self.file
        return path if path.is_file() else None

    def label(self, file_sha256: str) -> str:
        """Return the digest of the file and its description, both of which shape the vectors."""
        return hashlib.sha256(f"{file_sha256} {self.description_sha256}".encode()).hexdigest()


@dataclass(frozen=True)
class TextFiles:
    """The files of a text tower: its network, and its tokenizer (`tokenizer.json`)."""

    network: PublishedWeights | OwnWeights
    tokenizer: OwnWeights


@dataclass(frozen=True)
class EncoderDescription:
    """An encoder of the catalogue; `side` is in pixels, `dim` is the length of its vectors."""

    name: str
    family: str
    kind: Kind
    """The module of `core.encoders.networks` that builds the network, or `onnx`."""
    model: str
    """The name of the network in that module, or of its family."""
    side: int
    dim: int
    licence: str
    weights: PackagedWeights | PublishedWeights | OwnWeights
    scale: Scale | None = None
    """How pixel values are scaled, with a version; None for EfficientNet-Lite's own scaling."""
    pooling: str = "avg"
    """How the last layer is pooled for the recipe network-1."""
    centred_pooling: str = ""
    """How all layers are pooled for other recipes, if not in the same way."""
    middle_dim: int = 0
    """The length of the middle layer's output; 0 if the network returns only its last layer."""
    onnx: OnnxDescription | None = None
    """For the kind `onnx`: how images go into the network, and vectors come out of it."""
    text_files: TextFiles | None = None
    """The files of its text tower, which `onnx` describes."""

    @property
    def squash(self) -> bool:
        """Whether the network sees the whole image, squashed to a square, or else its middle."""
        return self.onnx is not None and self.onnx.crop == "squash"

    @property
    def outputs(self) -> dict[str, int]:
        """The lengths of the network's outputs, in their order, by name."""
        lengths = {"network-1": self.dim if self.centred_pooling else 0}
        lengths |= {"network": self.dim, "middle": self.middle_dim}
        return {name: length for name, length in lengths.items() if length}

    def part_dims(self, recipe: str) -> dict[PartName, int]:
        """Return the lengths of the parts of a vector, in their order, by name.

        Raises:
            InvalidInput: the recipe is unknown.
        """
        if recipe == "network-1":
            return {"network": self.dim}
        if recipe not in {"parts-1", "fitted-1"}:
            raise InvalidInput(f"the recipe {recipe!r} is unknown; update Lookalike")
        most = FITTED_DIMS if recipe == "fitted-1" else {}
        lengths: dict[PartName, int] = {
            "network": self.dim,
            "middle": self.middle_dim,
            "colour": COLOUR_DIM,
        }
        return {name: min(n, most.get(name, n)) for name, n in lengths.items() if n}

    def identity(self, weights_sha256: str, recipe: str = DEFAULT_RECIPE) -> EncoderIdentity:
        """Return the identity that is stored with vectors made with these weights.

        Raises:
            InvalidInput: the recipe is unknown.
        """
        crop = "squash-1" if self.squash else "square-1"  # with a version
        pooling = self.pooling if recipe == "network-1" else self.centred_pooling or self.pooling
        preprocessing = ", ".join(filter(None, (crop, self.scale, pooling)))
        dim = sum(self.part_dims(recipe).values())
        return EncoderIdentity(self.name, dim, weights_sha256, preprocessing, recipe)

    def makes(self, identity: EncoderIdentity) -> bool:
        """Return whether this encoder, with the weights of the identity, makes its vectors.

        Raises:
            InvalidInput: the recipe is unknown.
        """
        own = self.identity(identity.weights, identity.recipe)
        return own == replace(identity, statistics="", colour_weight=None)
