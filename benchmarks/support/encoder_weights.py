"""Weights for the measured encoders: real ones, or random ones to measure only speed."""

from pathlib import Path

from core.encoders.catalogue import describe
from core.encoders.description import PackagedWeights
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.settings import Settings
from tests.support.weights import generate_weights


def resolve_weights(name: str, folder: Path) -> tuple[ResolvedWeights, dict[str, str]]:
    """Return an encoder's weights and pins; only weights from Python packages are real."""
    description = describe(name)
    packaged = isinstance(description.weights, PackagedWeights)
    pins = {} if packaged else generate_weights(folder, name)
    return WeightsLookup(folder, pins).require(description), pins


def installed_weights() -> WeightsLookup:
    """Return the weights on this machine, for benchmarks whose results depend on the values."""
    settings = Settings()
    return WeightsLookup(settings.weights, settings.encoders.weights_sha256)
