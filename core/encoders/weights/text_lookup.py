"""Finds the files of an encoder's text tower and checks their digests."""

from dataclasses import dataclass, replace
from pathlib import Path

from core.encoders.description import EncoderDescription, OwnWeights, PublishedWeights
from core.encoders.onnx.description import OnnxDescription, TextDescription
from core.encoders.weights.lookup import WeightsLookup


@dataclass(frozen=True)
class ResolvedText:
    """A text tower with its checked files."""

    onnx: OnnxDescription
    text: TextDescription
    network: Path
    tokenizer: Path
    digests: tuple[str, ...]


def find_text_tower(description: EncoderDescription, weights: WeightsLookup) -> ResolvedText | None:
    """Return the files of an encoder's text tower.

    None if it has none, or, for an encoder of the catalogue, if a file is missing: its images can
    be searched without.

    Raises:
        NotInstalled: a file is wrong, or one of the operator's own is missing.
    """
    files, onnx = description.text_files, description.onnx
    if files is None or onnx is None or onnx.text is None:
        return None
    lookup = without_pins(weights)
    parts = text_parts(description)
    is_missing = any(lookup.status(part).state == "missing" for part in parts)
    if is_missing and not isinstance(files.network, OwnWeights):
        return None
    network, tokenizer = (lookup.require(part) for part in parts)
    digests = network.sha256, tokenizer.sha256
    return ResolvedText(onnx, onnx.text, network.path, tokenizer.path, digests)


def text_parts(description: EncoderDescription) -> list[EncoderDescription]:
    """Return the encoder with each file of its text tower as its weights; empty without a tower."""
    files = description.text_files
    parts = (files.network, files.tokenizer) if files else ()
    return [replace(description, weights=part) for part in parts]


def published_text_network(description: EncoderDescription) -> EncoderDescription | None:
    """Return the encoder with the network of its text tower as its weights, if it is published."""
    files = description.text_files
    if files is None or not isinstance(files.network, PublishedWeights):
        return None
    return replace(description, weights=files.network)


def without_pins(weights: WeightsLookup) -> WeightsLookup:
    """Return a lookup for text towers: the pinned digests are those of networks for images."""
    return WeightsLookup(weights.folder, {})
