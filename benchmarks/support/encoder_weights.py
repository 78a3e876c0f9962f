"""Weights for the measured encoders; speed does not depend on the values."""

from pathlib import Path

from core.encoders.catalogue import LITE0, describe
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from tests.support.weights import generate_weights


def resolve_weights(name: str, folder: Path) -> tuple[ResolvedWeights, dict[str, str]]:
    """Return an encoder's weights and pins; only the weights of EfficientNet-Lite0 are real."""
    description = describe(name)
    pins = {} if description is LITE0 else generate_weights(folder, name)
    return WeightsLookup(folder, pins).require(description), pins
