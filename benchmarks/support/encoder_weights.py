"""Weights for the measured encoders; speed does not depend on the values."""

from pathlib import Path

from core.encoders.catalogue import describe
from core.encoders.description import PackagedWeights
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from tests.support.weights import generate_weights


def resolve_weights(name: str, folder: Path) -> tuple[ResolvedWeights, dict[str, str]]:
    """Return an encoder's weights and pins; only weights from Python packages are real."""
    description = describe(name)
    packaged = isinstance(description.weights, PackagedWeights)
    pins = {} if packaged else generate_weights(folder, name)
    return WeightsLookup(folder, pins).require(description), pins
