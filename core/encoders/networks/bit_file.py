"""Reads the weights files of google-research/big_transfer: an .npz with an array for every tensor.

Strictly: what is missing, left over or not as it should be is an error, never another network.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from core.errors import NotInstalled

_CLASSIFIER = "resnet/head/"
_NUMBERED = re.compile(r"/standardized_conv2d_\d+/")  # some of the published files have such names
_BROKEN = (BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, MemoryError)


class BitFile:
    """An open file. Arrays are read one by one, when they are taken; the classifier's never."""

    def __init__(self, path: Path, arrays: NpzFile) -> None:
        self._path = path
        self._arrays = arrays
        names = [name for name in arrays.files if not name.startswith(_CLASSIFIER)]
        self._left = {_NUMBERED.sub("/standardized_conv2d/", name): name for name in names}
        if len(self._left) != len(names):
            raise self._wrong("two of its arrays have the same name")

    def take(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The array of that name.

        Raises:
            NotInstalled: it is missing, broken, of another shape or type, or not finite.
        """
        if name not in self._left:
            raise self._wrong(f"{name} is missing")
        try:
            array = np.asarray(self._arrays[self._left.pop(name)])
        except _BROKEN as exc:
            raise self._wrong(f"{name} cannot be read: {exc}") from exc
        if array.shape != shape or array.dtype != np.float32:
            raise self._wrong(f"{name} is {array.dtype} {array.shape}, not float32 {shape}")
        if not np.isfinite(array).all():
            raise self._wrong(f"{name} has numbers that are not finite")
        return array

    def check_all_taken(self) -> None:
        """Raises NotInstalled if there is more in it than was taken."""
        if self._left:
            raise self._wrong(f"it has {len(self._left)} arrays too many, {min(self._left)} first")

    def _wrong(self, why: str) -> NotInstalled:
        return _wrong(self._path, why)


@contextmanager
def opened(path: Path) -> Iterator[BitFile]:
    """The file; all that is in it has to be taken.

    Raises:
        NotInstalled: it is not a whole .npz, or there is more in it than was taken.
    """
    try:
        stream = path.open("rb")
    except OSError as exc:
        raise _wrong(path, f"it cannot be read: {exc.strerror}") from exc
    with stream, _arrays(path, stream) as arrays:
        file = BitFile(path, arrays)
        yield file
        file.check_all_taken()


def _arrays(path: Path, stream: BinaryIO) -> NpzFile:
    if not is_zipfile(stream):
        raise _wrong(path, "it is no .npz, or its end is missing")
    try:
        return NpzFile(stream, allow_pickle=False)
    except _BROKEN as exc:
        raise _wrong(path, f"it cannot be read: {exc}") from exc


def _wrong(path: Path, why: str) -> NotInstalled:
    return NotInstalled(f"the weights file {path} is not one of this network: {why}")
