"""`python -m benchmarks.words FOLDER [--encoders NAME...]`: what searches by words find.

A folder has a subfolder of images for each class, whose name is a word, or `validation` and `test`
with such subfolders; all images are searched. No item has attributes: only the images count. The
ranking is exact, without a server. A colour is right if the mean Lab colour of the product's middle
is nearest to a sample of it; of a colour with fewer than ten images, as many results count. Colours
are also searched for in each half of the images, and pairs such as "black hat" by the mean of the
evidence, as searches combine it, and by the geometric mean.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.class_folders import read_class_folder
from benchmarks.support.encoder_weights import installed_weights
from benchmarks.support.product_mask import mean_colour
from core.colours import COLOUR_NAMES
from core.encoders.catalogue import describe
from core.encoders.class_head import ClassHead, class_head
from core.encoders.encoder import Network
from core.encoders.factory import open_network
from core.encoders.images.colour_tags import nearest_colours
from core.encoders.images.preprocessing import decode_image
from core.encoders.recipes.fitting import fit_recipe
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.recipe_encoder import RecipeEncoder
from core.encoders.recipes.word_queries import class_query, colour_query
from core.encoders.weights.lookup import ResolvedWeights
from core.words import parse

K = 10
MIN_IMAGES = 3
"""Images of a kind in a colour, without which this pair is not searched for."""
GERMAN = {
    "dress": "Kleid", "hat": "Hut", "longsleeve": "Langarmshirt", "outwear": "Oberbekleidung",
    "pants": "Hose", "shirt": "Hemd", "shoes": "Schuhe", "shorts": "kurze Hose", "skirt": "Rock",
    "t-shirt": "T-Shirt", "black": "schwarz", "grey": "grau", "white": "weiß", "red": "rot",
    "orange": "orange", "yellow": "gelb", "green": "grün", "blue": "blau", "purple": "lila",
    "pink": "rosa", "brown": "braun",
}  # fmt: skip
Array = NDArray[np.float32]
Combine = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Images:
    """The images of a folder, and what is true of them."""

    pixels: NDArray[np.uint8]
    classes: NDArray[np.str_]
    colours: NDArray[np.str_]


def main(folder: Path, names: Sequence[str]) -> None:
    """Print the precision of the first ten results for each word, encoder and recipe."""
    lookup = installed_weights()
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            weights = lookup.require(describe(name))
            network = open_network(weights, folder=Path(scratch))
            images = _read(folder, network.description.side)
            for encoder in _encoders(weights, network, images):
                _print_precision(encoder, class_head(weights), images)


def _read(folder: Path, side: int) -> Images:
    paths = read_class_folder(folder).all
    decoded = [decode_image(path.read_bytes(), side=side, max_megapixels=100) for path in paths]
    pixels = np.stack([image.pixels for image in decoded])
    means = np.array([mean_colour(image) for image in pixels])
    colours = np.array(COLOUR_NAMES)[nearest_colours(means)]
    return Images(pixels, np.array([path.parent.name for path in paths]), colours)


def _encoders(
    weights: ResolvedWeights, network: Network, images: Images
) -> Iterator[RecipeEncoder]:
    """Yield an encoder of each recipe that has a part for colour."""
    identity = partial(weights.description.identity, weights.sha256)
    fixed = RecipeEncoder(network, identity("parts-1"))
    yield fixed
    features = [fixed.features(batch) for batch in _batches(images)]
    parts = {name: np.concatenate([part[name] for part in features]) for name in features[0]}
    statistics = fit_recipe(weights.description, parts)
    yield RecipeEncoder(network, identity("fitted-1"), statistics)


def _batches(images: Images) -> list[NDArray[np.uint8]]:
    return np.array_split(images.pixels, -(-len(images.pixels) // 16))


def _print_precision(encoder: RecipeEncoder, head: ClassHead | None, images: Images) -> None:
    vectors = np.concatenate([encoder.encode(batch) for batch in _batches(images)])
    print(f"\n{encoder.identity.name}, {encoder.identity.recipe}, {len(vectors)} images: P@10")
    kinds = sorted(set(images.classes))
    colours = [name for name in COLOUR_NAMES if name in images.colours]
    evidence_of = {word: vectors @ _query(word, encoder, head) for word in [*kinds, *colours]}
    for label, truth, words in (
        ("kinds", images.classes, kinds),
        ("colours", images.colours, colours),
    ):
        _print_row(f"{label}, English", {w: _precision(evidence_of[w], truth == w) for w in words})
        german = {GERMAN.get(w, w): w for w in words}
        evidence = {sent: vectors @ _query(sent, encoder, head) for sent in german}
        _print_row(
            f"{label}, German", {s: _precision(evidence[s], truth == w) for s, w in german.items()}
        )
    for half in (slice(0, None, 2), slice(1, None, 2)):
        truth = images.colours[half]
        shares = {w: _precision(evidence_of[w][half], truth == w) for w in colours if w in truth}
        _print_row("colours, one half", shares)
    for label, combine in (("mean", np.add), ("geometric", _geometric_mean)):
        pairs = {k: _pairs_with(k, colours, evidence_of, combine, images) for k in kinds}
        _print_row(f"pairs, {label}", {kind: shares for kind, shares in pairs.items() if shares})


def _print_row(label: str, shares: Mapping[str, Sequence[float] | float]) -> None:
    details = " ".join(f"{word} {np.mean(share):.1f}" for word, share in shares.items())
    mean = np.mean(np.concatenate([np.atleast_1d(share) for share in shares.values()]))
    print(f"{label:<18}{mean:.3f}  {details}", flush=True)


def _pairs_with(
    kind: str,
    colours: Sequence[str],
    evidence_of: Mapping[str, Array],
    combine: Combine,
    images: Images,
) -> list[float]:
    """Return the precision of a kind with each colour that at least three images of it have."""
    is_kind = images.classes == kind
    return [
        _precision(combine(evidence_of[kind], evidence_of[colour]), is_pair)
        for colour in colours
        if (is_pair := is_kind & (images.colours == colour)).sum() >= MIN_IMAGES
    ]


def _geometric_mean(a: Array, b: Array) -> Array:
    mean: Array = np.sqrt(np.clip(a, 0, 1) * np.clip(b, 0, 1))
    return mean


def _query(text: str, encoder: RecipeEncoder, head: ClassHead | None) -> Array:
    (phrase,) = parse(text)
    layout, concept = layout_of(encoder.identity), phrase.concept
    if concept is None or head is None:
        raise SystemExit(f"{text!r} is no known colour or kind of goods")
    if concept.kind == "class":
        return class_query(head, concept.classes, layout, encoder.statistics)
    query = colour_query(concept.lab, concept.name, layout)
    return np.zeros(layout.dim, dtype=np.float32) if query is None else query


def _precision(evidence: Array, is_right: NDArray[np.bool_]) -> float:
    first = np.argsort(-evidence, kind="stable")[: min(K, int(is_right.sum()))]
    return float(is_right[first].mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoders", nargs="+", default=["efficientnet-lite0"])
    arguments = parser.parse_args()
    main(arguments.folder, arguments.encoders)
