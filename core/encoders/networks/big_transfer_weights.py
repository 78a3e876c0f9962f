"""Reads the weights files of google-research/big_transfer: an .npz with an array per tensor.

A missing or unexpected array is an error, so weights of another network are never loaded silently.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from core.errors import NotInstalled

_CLASSIFIER = "resnet/head/"
_NUMBERED = re.compile(r"/standardized_conv2d_\d+/")  # in some of the published files
_READ_ERRORS = (BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, MemoryError)


class BitFile:
    """An open weights file. `take` reads an array; the classifier is never read."""

    def __init__(self, path: Path, arrays: NpzFile) -> None:
        self._path = path
        self._arrays = arrays
        names = [name for name in arrays.files if not name.startswith(_CLASSIFIER)]
        self._remaining = {_NUMBERED.sub("/standardized_conv2d/", name): name for name in names}
        if len(self._remaining) != len(names):
            raise _error(self._path, "two of its arrays have the same name")

    def take(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Read the array with that name; each array can be taken once.

        Raises:
            NotInstalled: the array is missing, broken, not finite, or has another shape or type.
        """
        if name not in self._remaining:
            raise _error(self._path, f"{name} is missing")
        try:
            array = np.asarray(self._arrays[self._remaining.pop(name)])
        except _READ_ERRORS as exc:
            raise _error(self._path, f"{name} cannot be read: {exc}") from exc
        if array.shape != shape or array.dtype != np.float32:
            raise _error(self._path, f"{name} is {array.dtype} {array.shape}, not float32 {shape}")
        if not np.isfinite(array).all():
            raise _error(self._path, f"{name} has values that are not finite")
        return array

    def check_all_taken(self) -> None:
        """Raise NotInstalled if an array has not been taken."""
        if rest := self._remaining:
            raise _error(
                self._path, f"the file has {len(rest)} unexpected arrays, such as {min(rest)}"
            )


@contextmanager
def open_bit_file(path: Path) -> Iterator[BitFile]:
    """Open the file for a `with` block, which has to take every array.

    Raises:
        NotInstalled: the file is not a complete .npz, or an array was not taken.
    """
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(path.open("rb"))
            if not is_zipfile(stream):
                raise BadZipFile("the file is not an .npz file, or is truncated")
            arrays = stack.enter_context(NpzFile(stream, allow_pickle=False))
        except _READ_ERRORS as exc:
            raise _error(path, str(exc)) from exc
        file = BitFile(path, arrays)
        yield file
        file.check_all_taken()


def _error(path: Path, why: str) -> NotInstalled:
    return NotInstalled(f"the weights file {path} does not belong to this network: {why}")
