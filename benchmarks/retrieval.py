"""`python -m benchmarks.retrieval FOLDER... [--encoders NAME...] [--drawn]`: what encoders find.

A folder has a subfolder of images for each class, or `validation` (the images to search) and
`test` (the images to search with), which have them. `--drawn` adds two sets of drawn garments.
Only encoders whose weights are on this machine are measured, with each recipe: quality depends on
the weights. Fitted recipes learn from the images to search; with `--fit-to 64`, from 64 of them, as
if the collection had grown since. The ranking is exact, without a server.
"""

import argparse
import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.support import bare_inference
from benchmarks.support.class_folders import ClassFolder, read_class_folder
from benchmarks.support.class_quality import class_quality, colour_distances, share_found_first
from benchmarks.support.drawn_sets import draw_sets
from benchmarks.support.encoder_weights import installed_weights
from benchmarks.support.once_per_image import OncePerImage
from benchmarks.support.product_mask import product_mask
from benchmarks.support.results import save_results
from benchmarks.support.retrieval_row import HEADINGS, Row
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.encoder import Encoder, Network
from core.encoders.factory import open_network
from core.encoders.images.distortions import DISTORTIONS, distort
from core.encoders.onnx.own_encoders import add_own_encoders
from core.encoders.recipes.colour import to_lab
from core.encoders.recipes.colour_weight import choose_colour_weight
from core.encoders.recipes.fitting import fit_recipe
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.recipe_encoder import RecipeEncoder
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.settings import Settings

SAMPLE = 40
CORES = os.cpu_count() or 1
Vectors = NDArray[np.float32]


def main(
    folders: Sequence[Path], names: Sequence[str], pictures: int, fit_to: int, *, drawn: bool
) -> None:
    """Measure every encoder on every folder; print and save the rows."""
    lookup = installed_weights()
    encoders = [lookup.require(describe(name)) for name in names] or list(_present(lookup))
    print("colour: mean CIELAB distance of the products' colours to those of the first ten results")
    print(
        f"same: of {pictures} pictures, each with {len(DISTORTIONS)} distortions, the share whose"
    )
    print(f"original is found first. images/s: decoding and encoding on {CORES} cores.")
    print("weight: that of colour in the score, which a fit chooses\n")
    print(HEADINGS, flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        all_folders = [*folders, *(draw_sets(Path(scratch)) if drawn else ())]
        sets = [read_class_folder(folder) for folder in all_folders]
        for weights in encoders:
            network = open_network(weights, folder=Path(scratch), streams=CORES)
            for images in sets:
                for encoder in _encoders(weights, OncePerImage(network), images, fit_to):
                    speed = _speed(network, encoder, images)
                    rows.append(_measure(weights, encoder, images, pictures, speed))
                    print(rows[-1], flush=True)
    _print_details(rows)
    save_results("retrieval", [result for row in rows for result in row.results()])


def _present(lookup: WeightsLookup) -> Iterable[ResolvedWeights]:
    for description in ENCODERS.values():
        if lookup.status(description).state == "present":
            yield lookup.require(description)


def _encoders(
    weights: ResolvedWeights, network: Network, images: ClassFolder, fit_to: int
) -> Iterable[RecipeEncoder]:
    """Yield an encoder of each recipe; the last one is fitted to so many images at most."""
    identity = partial(weights.description.identity, weights.sha256)
    yield RecipeEncoder(network, identity("network-1"))
    fixed = RecipeEncoder(network, identity("parts-1"))
    yield fixed
    chosen = np.random.default_rng(0).permutation(len(images.gallery))[:fit_to]
    files = [images.gallery[number].read_bytes() for number in chosen]
    pixels = [bare_inference.decode(fixed, data) for data in files]
    features = fixed.features(np.stack(pixels))
    statistics, fitted = fit_recipe(weights.description, features), identity("fitted-1")
    weight = choose_colour_weight(features, statistics, fitted)
    yield RecipeEncoder(network, replace(fitted, colour_weight=weight), statistics)


def _speed(network: Network, encoder: RecipeEncoder, images: ClassFolder) -> float:
    """Return the images per second of an encoder whose network runs for each image."""
    real = RecipeEncoder(network, encoder.identity, encoder.statistics)
    return bare_inference.cost(real, [path.read_bytes() for path in images.all[:SAMPLE]]).limit


def _measure(
    weights: ResolvedWeights, encoder: Encoder, images: ClassFolder, pictures: int, speed: float
) -> Row:
    files = [path.read_bytes() for path in images.all]
    vectors, colours = _vectors(encoder, files), _mean_colours(encoder, files)
    count, last = len(images.gallery), len(images.queries)
    scores = vectors[-last:] @ vectors[:count].T
    classes = np.array([path.parent.name for path in images.all])
    others = images.leave_one_out
    return Row(
        images.name,
        weights.description.name,
        encoder.identity.recipe,
        class_quality(scores, classes[-last:], classes[:count], leave_one_out=others),
        colour_distances(scores, colours[-last:], colours[:count], leave_one_out=others),
        _find_distorted(encoder, files, vectors, pictures),
        speed,
        encoder.identity.dim,
        weights.path.stat().st_size / 1e6,
        layout_of(encoder.identity).weights.get("colour", 0),
    )


def _find_distorted(
    encoder: Encoder, files: Sequence[bytes], vectors: Vectors, pictures: int
) -> dict[str, float]:
    """Search distorted pictures of all classes among all images."""
    count = min(pictures, len(files))
    chosen = np.linspace(0, len(files) - 1, count).round().astype(np.intp)
    return {
        name: share_found_first(
            _vectors(encoder, [distort(files[number], name) for number in chosen]) @ vectors.T,
            chosen,
        )
        for name in DISTORTIONS
    }


def _vectors(encoder: Encoder, images: list[bytes]) -> Vectors:
    with ThreadPoolExecutor(CORES) as pool:
        return np.stack(list(pool.map(partial(bare_inference.embed, encoder), images)))


def _mean_colours(encoder: Encoder, images: list[bytes]) -> NDArray[np.float64]:
    """Return the mean CIELAB colour of the product in each image: (n, 3)."""

    def mean_colour(data: bytes) -> NDArray[np.float64]:
        pixels = bare_inference.decode(encoder, data)
        mean: NDArray[np.float64] = to_lab(pixels[product_mask(pixels)]).mean(axis=0)
        return mean

    with ThreadPoolExecutor(CORES) as pool:
        return np.stack(list(pool.map(mean_colour, images)))


def _print_details(rows: list[Row]) -> None:
    print(f"\n{'same, by distortion':<46}" + "".join(f"{name:>11}" for name in DISTORTIONS))
    for row in rows:
        print(row.label + "".join(f"{row.same_picture[name]:>11.3f}" for name in DISTORTIONS))
    print("\ndifferences to the first encoder and recipe, with standard errors")
    baselines = {row.folder: row for row in reversed(rows)}
    for row in rows:
        if row is not baselines[row.folder]:
            print(row.label + row.difference(baselines[row.folder]))


if __name__ == "__main__":
    add_own_encoders(Settings().weights)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--encoders", nargs="+", default=[], choices=list(ENCODERS))
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--fit-to", type=int, default=1000, metavar="IMAGES")
    parser.add_argument("--drawn", action="store_true")
    given = parser.parse_args()
    main(given.folders, given.encoders, given.pictures, given.fit_to, drawn=given.drawn)
