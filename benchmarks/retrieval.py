"""`python -m benchmarks.retrieval FOLDER... [--encoders NAME...]`: what each encoder finds.

A folder has a subfolder of images for each class, or `validation` (the images to search) and
`test` (the images to search with), which have them. Only encoders whose weights are on this
machine are measured: quality depends on the weights. The ranking is exact, without a server.
"""

import argparse
import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.support import bare_inference
from benchmarks.support.class_folders import ClassFolder, read_class_folder
from benchmarks.support.class_quality import (
    ClassQuality,
    class_quality,
    paired_difference,
    share_found_first,
)
from benchmarks.support.results import Result, save_results
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder
from core.encoders.images.distortions import DISTORTIONS, distort
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.settings import Settings

SAMPLE = 40
CORES = os.cpu_count() or 1
HEADINGS = (
    f"{'folder':<14}{'encoder':<20}{'P@10':>7}{'mAP':>7}{'same':>7}{'images/s':>10}{'dim':>6}"
    f"{'MB':>6}"
)


@dataclass(frozen=True)
class Row:
    """Results of an encoder on a folder."""

    folder: str
    encoder: str
    quality: ClassQuality
    same_picture: dict[str, float]
    """The share of distorted pictures whose original is found first, by distortion."""
    images_per_second: float
    dim: int
    weights_mb: float

    @property
    def same_picture_mean(self) -> float:
        """The mean over all distortions."""
        return float(np.mean(list(self.same_picture.values())))

    def __str__(self) -> str:
        shares = "".join(f"{share:>7.3f}" for share in (*self._means(), self.same_picture_mean))
        cost = f"{self.images_per_second:>10.0f}{self.dim:>6}{self.weights_mb:>6.0f}"
        return f"{self.folder:<14}{self.encoder:<20}{shares}{cost}"

    def results(self) -> list[Result]:
        """Return the figures to save."""
        precision, average_precision = self._means()
        figures = {
            "P@10": (precision, "share"),
            "mAP": (average_precision, "share"),
            "same picture first": (self.same_picture_mean, "share"),
            "limit": (self.images_per_second, "images/s"),
        }
        return [
            Result(
                name=f"{self.folder}, {self.encoder}, {figure}",
                rounds=(value,),
                unit=unit,
                better="higher",
            )
            for figure, (value, unit) in figures.items()
        ]

    def difference(self, baseline: "Row") -> str:
        """Return the differences to another encoder, with their standard errors."""
        mine, other = self.quality, baseline.quality
        precision = paired_difference(mine.precision, other.precision)
        average = paired_difference(mine.average_precision, other.average_precision)
        return f"{self.encoder} - {baseline.encoder}: P@10 {precision}, mAP {average}"

    def _means(self) -> tuple[float, float]:
        return float(self.quality.precision.mean()), float(self.quality.average_precision.mean())


def main(folders: Sequence[Path], names: Sequence[str], pictures: int) -> None:
    """Measure every encoder on every folder; print and save the rows."""
    sets = [read_class_folder(folder) for folder in folders]
    lookup = WeightsLookup(Settings().weights, Settings().encoders.weights_sha256)
    encoders = [lookup.require(describe(name)) for name in names] or list(_present(lookup))
    print(
        f"same: of {pictures} pictures, each with {len(DISTORTIONS)} distortions; the share whose"
    )
    print(f"original is found first. images/s: decoding and forward pass on {CORES} cores.\n")
    print(HEADINGS, flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as models:
        for weights in encoders:
            encoder = open_encoder(weights, folder=Path(models), streams=CORES)
            for images in sets:
                rows.append(_measure(weights, encoder, images, pictures))
                print(rows[-1], flush=True)
    _print_details(rows)
    save_results("retrieval", [result for row in rows for result in row.results()])


def _present(lookup: WeightsLookup) -> Iterable[ResolvedWeights]:
    for description in ENCODERS.values():
        if lookup.status(description).state == "present":
            yield lookup.require(description)


def _measure(weights: ResolvedWeights, encoder: Encoder, images: ClassFolder, pictures: int) -> Row:
    vectors = _vectors(encoder, [path.read_bytes() for path in images.all])
    gallery, queries = vectors[: len(images.gallery)], vectors[-len(images.queries) :]
    quality = class_quality(
        queries @ gallery.T,
        np.array([path.parent.name for path in images.queries]),
        np.array([path.parent.name for path in images.gallery]),
        leave_one_out=images.leave_one_out,
    )
    sample = [path.read_bytes() for path in images.gallery[:SAMPLE]]
    return Row(
        images.name,
        weights.description.name,
        quality,
        _find_distorted(encoder, images.all, vectors, pictures),
        bare_inference.cost(encoder, sample).limit,
        weights.description.dim,
        weights.path.stat().st_size / 1e6,
    )


def _find_distorted(
    encoder: Encoder, images: Sequence[Path], vectors: NDArray[np.float32], pictures: int
) -> dict[str, float]:
    """Search distorted pictures of all classes among all images."""
    count = min(pictures, len(images))
    chosen = np.linspace(0, len(images) - 1, count).round().astype(np.intp)
    originals = [images[number].read_bytes() for number in chosen]
    return {
        name: share_found_first(
            _vectors(encoder, [distort(data, name) for data in originals]) @ vectors.T, chosen
        )
        for name in DISTORTIONS
    }


def _vectors(encoder: Encoder, images: list[bytes]) -> NDArray[np.float32]:
    with ThreadPoolExecutor(CORES) as pool:
        return np.stack(list(pool.map(partial(bare_inference.embed, encoder), images)))


def _print_details(rows: list[Row]) -> None:
    print(f"\n{'same, by distortion':<34}" + "".join(f"{name:>11}" for name in DISTORTIONS))
    for row in rows:
        shares = "".join(f"{row.same_picture[name]:>11.3f}" for name in DISTORTIONS)
        print(f"{row.folder:<14}{row.encoder:<20}{shares}")
    print("\ndifferences to the first encoder, with standard errors")
    baselines = {row.folder: row for row in reversed(rows)}
    for row in rows:
        if row is not baselines[row.folder]:
            print(f"{row.folder:<14}{row.difference(baselines[row.folder])}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--encoders", nargs="+", default=[], choices=list(ENCODERS))
    parser.add_argument("--pictures", type=int, default=100)
    arguments = parser.parse_args()
    main(arguments.folders, arguments.encoders, arguments.pictures)
