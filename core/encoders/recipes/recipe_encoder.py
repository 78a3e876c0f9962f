"""An encoder: a network, and the recipe that makes vectors of its outputs and of colours."""

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity
from core.encoders.description import PartName
from core.encoders.encoder import Features, Images, Network, Vectors, unit_rows
from core.encoders.recipes.colour import colour_parts
from core.encoders.recipes.fitting import Statistics
from core.encoders.recipes.layout import Layout, layout_of

_LAYERS: tuple[PartName, ...] = ("network", "middle")


class RecipeEncoder:
    """An encoder of any recipe; encoders with different recipes can share a network."""

    def __init__(
        self, network: Network, identity: EncoderIdentity, statistics: Statistics | None = None
    ) -> None:
        """Take a network and, for a fitted recipe, the statistics of the identity."""
        self.identity = identity
        self.side, self.squash = network.description.side, network.description.squash
        self.statistics = statistics
        self._network, self._layout = network, layout_of(identity)

    def features(self, images: Images) -> Features:
        """Return the unit parts of n >= 1 images (n, side, side, 3)."""
        outputs = self._split(self._network.run(images))
        if self.identity.recipe == "network-1":
            return {"network": unit_rows(outputs.get("network-1", outputs["network"]))}
        layers: dict[PartName, Vectors] = {
            name: unit_rows(outputs[name]) for name in _LAYERS if name in outputs
        }
        return {**layers, "colour": colour_parts(images)}

    def encode(self, images: Images) -> Vectors:
        """Return the vectors of n >= 1 images: (n, side, side, 3) -> (n, dim)."""
        parts = self.features(images)
        if self.statistics:
            parts = self.statistics.apply(parts)
        return join_parts(parts, self._layout)

    def _split(self, outputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        lengths = self._network.description.outputs
        ends = list(accumulate(lengths.values()))[:-1]
        return dict(zip(lengths, np.split(outputs, ends, axis=1), strict=True))


def join_parts(parts: Features, layout: Layout) -> Vectors:
    """Return the vectors of n images (n, dim), from their unit parts."""
    weighted = [parts[part.name] * np.float32(part.weight**0.5) for part in layout.parts]
    return np.concatenate(weighted, axis=1)
