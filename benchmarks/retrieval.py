"""`python -m benchmarks.retrieval FOLDER... [--encoders NAME...] [--drawn]`: what encoders find.

A folder has a subfolder of images for each class, or `validation` (the images to search) and
`test` (the images to search with), which have them. `--drawn` adds two sets of drawn garments.
Only encoders whose weights are on this machine are measured, with each recipe: quality depends on
the weights. Fitted recipes learn from the images to search; with `--fit-to 64`, from 64 of them, as
if the collection had grown since. The ranking is exact, without a server.
"""

import argparse
import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.support import bare_inference
from benchmarks.support.class_folders import ClassFolder, read_class_folder
from benchmarks.support.class_quality import (
    ClassQuality,
    class_quality,
    colour_distances,
    paired_difference,
    share_found_first,
)
from benchmarks.support.drawn_sets import draw_sets
from benchmarks.support.encoder_weights import installed_weights
from benchmarks.support.product_mask import product_mask
from benchmarks.support.results import Result, save_results
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
HEADINGS = (
    f"{'folder':<15}{'encoder':<20}{'recipe':<11}{'P@10':>7}{'mAP':>7}{'colour':>8}{'same':>7}"
    f"{'images/s':>10}{'dim':>6}{'MB':>5}{'weight':>8}"
)
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """Results of an encoder on a folder."""

    folder: str
    encoder: str
    recipe: str
    quality: ClassQuality
    colour_distances: NDArray[np.float64]
    """Of each query, to its first ten results: mean distance of the products' mean colours."""
    same_picture: dict[str, float]
    """The share of distorted pictures whose original is found first, by distortion."""
    images_per_second: float
    dim: int
    weights_mb: float
    colour_weight: float

    @property
    def label(self) -> str:
        """The folder, the encoder and the recipe, in columns."""
        return f"{self.folder:<15}{self.encoder:<20}{self.recipe:<11}"

    @property
    def same_picture_mean(self) -> float:
        """The mean over all distortions."""
        return float(np.mean(list(self.same_picture.values())))

    def __str__(self) -> str:
        precision, average_precision, colour = self._means()
        figures = f"{precision:>7.3f}{average_precision:>7.3f}{colour:>8.1f}"
        cost = f"{self.images_per_second:>10.0f}{self.dim:>6}{self.weights_mb:>5.0f}"
        quality = f"{self.label}{figures}{self.same_picture_mean:>7.3f}"
        return f"{quality}{cost}{self.colour_weight:>8.2f}"

    def results(self) -> list[Result]:
        """Return the figures to save."""
        precision, average_precision, colour = self._means()
        figures = {
            "P@10": (precision, "share"),
            "mAP": (average_precision, "share"),
            "colour distance": (colour, "Lab"),
            "same picture first": (self.same_picture_mean, "share"),
            "limit": (self.images_per_second, "images/s"),
        }
        return [
            Result(
                name=f"{self.folder}, {self.encoder}, {self.recipe}, {figure}",
                rounds=(value,),
                unit=unit,
                better="lower" if unit == "Lab" else "higher",
            )
            for figure, (value, unit) in figures.items()
        ]

    def difference(self, baseline: "Row") -> str:
        """Return the differences to another encoder, with their standard errors."""
        mine, other = self.quality, baseline.quality
        precision = paired_difference(mine.precision, other.precision)
        average = paired_difference(mine.average_precision, other.average_precision)
        colour = self.colour_distances.mean() / baseline.colour_distances.mean() - 1
        return f"P@10 {precision}, mAP {average}, colour distance {colour:+.0%}"

    def _means(self) -> tuple[float, float, float]:
        measures = self.quality.precision, self.quality.average_precision, self.colour_distances
        precision, average_precision, colour = (float(measure.mean()) for measure in measures)
        return precision, average_precision, colour


class OncePerImage:
    """A network that remembers its outputs, so that several recipes cost one forward pass."""

    def __init__(self, network: Network) -> None:
        self.description = network.description
        self._network = network
        self._outputs = dict[bytes, NDArray[np.float32]]()

    def run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the outputs for images (n, side, side, 3)."""
        return np.concatenate([self._output(image) for image in images])

    def _output(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        key = hashlib.sha256(image.tobytes()).digest()
        if key not in self._outputs:
            self._outputs[key] = self._network.run(image[np.newaxis])
        return self._outputs[key]


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
