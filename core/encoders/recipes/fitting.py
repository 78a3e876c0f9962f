"""Fits a recipe to a collection: per part, the mean and the main directions (PCA, no whitening).

Class quality rises where the mean of the collection's own images is subtracted; whitening, and the
mean of other images, lower it (docs/encoders.md).
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from core.encoders.description import EncoderDescription, PartName
from core.encoders.encoder import Features, unit_rows
from core.errors import Conflict

Floats = NDArray[np.float32]

_EMPTY = 1e-6
"""A part that is shorter equals the mean, so that it has no direction."""


@dataclass(frozen=True)
class PartStatistics:
    """How a part with n numbers becomes one with k numbers: `mean` (n), `basis` (n, k)."""

    mean: Floats
    basis: Floats

    def apply(self, part: Floats) -> Floats:
        """Return the fitted part, of unit length: (images, n) -> (images, k)."""
        projected = ((part - self.mean) @ self.basis).astype(np.float32, copy=False)
        projected[np.linalg.norm(projected, axis=1) < _EMPTY, 0] = 1
        return unit_rows(projected)


@dataclass(frozen=True)
class Statistics:
    """The fitted statistics of some parts; other parts stay as they are."""

    parts: Mapping[PartName, PartStatistics]

    def apply(self, parts: Features) -> Features:
        """Return all parts, those with statistics fitted."""
        return {
            name: self.parts[name].apply(part) if name in self.parts else part
            for name, part in parts.items()
        }

    def to_bytes(self) -> bytes:
        """Return the statistics as a file; equal statistics give equal bytes."""
        arrays = dict[str, Floats]()
        for name, part in sorted(self.parts.items()):
            arrays |= {f"{name}.mean": part.mean, f"{name}.basis": part.basis}
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Statistics":
        """Return the statistics that a file contains.

        Raises:
            Conflict: the file is damaged.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return cls({
                    name: PartStatistics(arrays[f"{name}.mean"], arrays[f"{name}.basis"])
                    for name in get_args(PartName)
                    if f"{name}.mean" in arrays
                })
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as exc:
            raise Conflict(f"the file of fitted statistics is damaged: {exc}") from exc


def fit(features: Features, dims: Mapping[PartName, int]) -> Statistics:
    """Fit the parts named in `dims` to as many numbers each.

    `features` are unit parts, (images, n), of at least two images. n images have n - 1 directions;
    if `dims` asks for more, the others are random: they tell apart what these images do not show.
    """
    return Statistics({name: _fit_part(features[name], dim) for name, dim in dims.items()})


def fit_recipe(description: EncoderDescription, features: Features) -> Statistics:
    """Fit the recipe `fitted-1` of an encoder, as `fit` does; colour stays as it is."""
    dims = description.part_dims("fitted-1")
    return fit(features, {name: dim for name, dim in dims.items() if name != "colour"})


def _fit_part(part: Floats, dim: int) -> PartStatistics:
    rows = part.astype(np.float64)
    mean = rows.mean(0)
    directions = np.linalg.svd(rows - mean, full_matrices=False)[2][: min(dim, len(rows) - 1)].T
    basis = _fix_signs(_complete(directions, dim))
    return PartStatistics(mean.astype(np.float32), basis.astype(np.float32))


def _complete(basis: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Return orthonormal columns (n, dim), of which the first are those of `basis` (n, k)."""
    random = np.random.default_rng(0).standard_normal((len(basis), dim - basis.shape[1]))
    others = np.linalg.qr(random - basis @ (basis.T @ random))[0]
    return np.concatenate([basis, others], axis=1)


def _fix_signs(basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the columns, each with the sign that makes its largest number positive."""
    largest = basis[np.abs(basis).argmax(0), np.arange(basis.shape[1])]
    return basis * np.where(largest < 0, -1.0, 1.0)
