"""`python -m benchmarks.score_scales FOLDER...`: do rarities and probabilities mean what they say?

Do two encoders give the same pairs similar rarities? Is `same` as often right as it says, on
pictures and on distortions that the fit has not seen? Beside the folders, drawn garments are
measured. No server is needed.
"""

import argparse
import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.support import bare_inference
from benchmarks.support.class_folders import read_class_folder
from benchmarks.support.drawn_sets import draw_sets
from benchmarks.support.encoder_weights import installed_weights
from core.encoders.catalogue import describe
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder
from core.encoders.images.distortions import DISTORTIONS, distort
from core.score_scale import ScoreScale
from core.similar import ImageVectors, collect_images, fit_scale, label
from core.similar.score_scale import LabelledScores

CORES = os.cpu_count() or 1
ENCODERS = ("efficientnet-lite0", "efficientnet-lite2")
FITTED, TRIED = 40, 60  # pictures
SEEN, UNSEEN = [*DISTORTIONS][:5], [*DISTORTIONS][5:]
NEAREST = 5
RANDOM_PAIRS = 20_000
BINS = 10

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """A collection in the vectors of one encoder, and the meaning of its scores."""

    source: ImageVectors
    scale: ScoreScale
    new_pictures: float
    """The expected calibration error on pictures that the fit has not seen."""
    new_distortions: float
    """The same if each distortion is judged by a fit to the eight others."""
    worst: tuple[float, str]
    """The largest such error on one distortion alone, and its name."""
    unseen: float
    """The same on four distortions after a fit to the five others."""

    def rarities(self, first: Numbers, second: Numbers) -> Floats:
        """Return the rarities of pairs of pictures."""
        vectors = self.source.vectors
        scores = np.einsum("ij,ij->i", vectors[first], vectors[second])
        return np.array([self.scale.meaning(score).rarity for score in scores.tolist()], float)


def measure(files: Sequence[bytes], encoder: Encoder) -> Measured:
    """Fit a scale to some pictures of a collection, and try it on others."""

    def embed(data: Sequence[bytes]) -> NDArray[np.float32]:
        return np.stack([*pool.map(lambda file: bare_inference.embed(encoder, file), data)])

    def labelled(pictures: Numbers) -> dict[str, LabelledScores]:
        """Return the scores of pictures with each distortion, by its name."""
        data = [files[n] for n in pictures.tolist()]
        return {
            name: label(source, pictures, embed([*pool.map(distort, data, [name] * len(data))]))
            for name in DISTORTIONS
        }

    with ThreadPoolExecutor(CORES) as pool:
        rows = enumerate(embed(files))
        source = collect_images((f"{n:06}", "main", row) for n, row in rows)
        chosen = np.random.default_rng(0).permutation(len(files))[: FITTED + TRIED]
        fitted, tried = labelled(chosen[:FITTED]), labelled(chosen[FITTED:])
    scale = fit_scale("i", source, _joined(fitted.values()))
    left_out = {
        name: _sames(
            fit_scale("i", source, _joined(v for k, v in fitted.items() if k != name)), scores
        )
        for name, scores in tried.items()
    }
    of_seen = fit_scale("i", source, _joined(fitted[name] for name in SEEN))
    unseen, everything = _joined(tried[name] for name in UNSEEN), _joined(tried.values())
    errors = [(_calibration_error(left_out[name], tried[name]), name) for name in tried]
    return Measured(
        source,
        scale,
        _calibration_error(_sames(scale, everything), everything),
        _calibration_error(np.concatenate([*left_out.values()]), everything),
        max(errors),
        _calibration_error(_sames(of_seen, unseen), unseen),
    )


def _joined(several: Iterable[LabelledScores]) -> LabelledScores:
    parts = list(several)
    return LabelledScores(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.same for part in parts]),
    )


def _sames(scale: ScoreScale, tried: LabelledScores) -> Floats:
    return np.array([scale.meaning(score).same for score in tried.scores.tolist()])


def _calibration_error(sames: Floats, tried: LabelledScores) -> float:
    """Return the expected calibration error of probabilities, in ten bins of equal width."""
    bins = np.minimum((sames * BINS).astype(int), BINS - 1)
    gaps = [abs((sames - tried.same)[bins == n].sum()) for n in range(BINS)]
    return float(sum(gaps) / len(sames))


def report(name: str, first: Measured, second: Measured) -> None:
    """Print how well the scales hold, and how far the encoders agree."""
    print(f"{name}: {len(first.source.vectors)} pictures")
    vectors = first.source.vectors
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -1)
    nearest = np.argsort(-scores, axis=1)[:, :NEAREST]
    near = np.repeat(np.arange(len(vectors)), NEAREST), nearest.ravel()
    generator = np.random.default_rng(1)
    random = generator.integers(0, len(vectors), (2, RANDOM_PAIRS))
    for kind, pairs in (("random pairs", random), (f"the nearest {NEAREST}", near)):
        is_pair = pairs[0] != pairs[1]
        rarities = [measured.rarities(*(side[is_pair] for side in pairs))
                    for measured in (first, second)]  # fmt: skip
        medians = " and ".join(f"{np.median(values):.0f}" for values in rarities)
        print(f"  {kind}: rank correlation of rarities {spearmanr(*rarities).statistic:.2f}, "
              f"medians {medians}")  # fmt: skip
    for encoder, measured in zip(ENCODERS, (first, second), strict=True):
        print(f"  {encoder}: calibration error of `same` {measured.new_pictures:.3f} "
              "on new pictures, "
              f"{measured.new_distortions:.3f} on each new distortion after a fit to the others "
              "(at most {:.3f}, {}), ".format(*measured.worst)
              + f"{measured.unseen:.3f} on four after a fit to five")  # fmt: skip


def main(folders: list[Path]) -> None:
    """Measure the folders and drawn garments with both encoders."""
    weights = installed_weights()
    with tempfile.TemporaryDirectory() as temporary:
        drawn = draw_sets(Path(temporary) / "drawn")[:1]
        encoders = [
            open_encoder(weights.require(describe(name)), folder=Path(temporary), streams=CORES)
            for name in ENCODERS
        ]
        for folder in [*folders, *drawn]:
            files = [path.read_bytes() for path in read_class_folder(folder).all]
            report(folder.name, *(measure(files, encoder) for encoder in encoders))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    main(parser.parse_args().folders)
