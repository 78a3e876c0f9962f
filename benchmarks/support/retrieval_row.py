"""A row of the table that `benchmarks.retrieval` prints, and the figures that it saves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.class_quality import ClassQuality, paired_difference
from benchmarks.support.results import Result

HEADINGS = (
    f"{'folder':<15}{'encoder':<20}{'recipe':<11}{'P@10':>7}{'mAP':>7}{'colour':>8}{'same':>7}"
    f"{'images/s':>10}{'dim':>6}{'MB':>5}{'weight':>8}"
)


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
