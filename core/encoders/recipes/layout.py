"""The parts of a vector: what each number means. The API, which has no NumPy, imports this module.

A vector is a row of unit parts, each multiplied by the square root of its weight. The weights sum
to one, so the vector has unit length too, and the dot product of two vectors is the weighted mean
of the cosines of their parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.encoders.description import PartName

_WEIGHTS: Mapping[str, Mapping[PartName, float]] = {
    "parts-1": {"middle": 0.10, "colour": 0.05},
    "fitted-1": {"middle": 0.05, "colour": 0.22},
}
"""By recipe; the rest is the weight of the network. Chosen with `benchmarks.retrieval`.

A fit can choose another weight of colour for its collection.
"""


@dataclass(frozen=True)
class Part:
    """A part of a vector: its name, its length, and its share of every score."""

    name: PartName
    dim: int
    weight: float


@dataclass(frozen=True)
class Layout:
    """The parts of a vector, in their order."""

    parts: tuple[Part, ...]

    @property
    def dim(self) -> int:
        """The length of the whole vector."""
        return sum(part.dim for part in self.parts)

    @cached_property
    def slices(self) -> dict[PartName, slice]:
        """The position of each part in the vector, by name."""
        ends = [sum(part.dim for part in self.parts[: n + 1]) for n in range(len(self.parts))]
        return {
            part.name: slice(end - part.dim, end)
            for part, end in zip(self.parts, ends, strict=True)
        }

    @cached_property
    def weights(self) -> dict[PartName, float]:
        """The weight of each part, by name."""
        return {part.name: part.weight for part in self.parts}


def layout_of(identity: EncoderIdentity) -> Layout:
    """Return the parts of the vectors of an encoder.

    Raises:
        InvalidInput: the encoder or the recipe is unknown.
    """
    if identity.recipe == "network-1":
        return Layout((Part("network", identity.dim, 1.0),))
    dims = describe(identity.name).part_dims(identity.recipe)
    # an operator may have changed the length in a description after the vectors were made
    dims["network"] += identity.dim - sum(dims.values())
    given = _given_weights(identity)
    weights = {name: given[name] for name in dims if name in given}
    weights["network"] = 1 - sum(weights.values())
    return Layout(tuple(Part(name, dim, weights[name]) for name, dim in dims.items()))


def usual_colour_weight(identity: EncoderIdentity) -> float | None:
    """Return the weight of colour in scores, None without colour; the encoder may be unknown."""
    return _given_weights(identity).get("colour")


def _given_weights(identity: EncoderIdentity) -> dict[PartName, float]:
    """Return the weights of all parts but the network, even of parts that the vectors lack."""
    weights = dict(_WEIGHTS.get(identity.recipe, {}))
    if identity.colour_weight is not None:
        weights["colour"] = identity.colour_weight
    return weights
