"""Reads weights from torch's legacy file format (pickles, then raw storages) without torch.

Pickles can run code, so only the globals that a dictionary of tensors needs are allowed, and
callers check the digest of a file before it is read.
"""

import io
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import NotInstalled

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_READ_ERRORS = (
    pickle.UnpicklingError, EOFError, struct.error, ValueError, TypeError, LookupError,
    AttributeError, OverflowError, MemoryError,
)  # fmt: skip

Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    numel: int


@dataclass(frozen=True)
class _View:
    """A tensor, created with the arguments of torch's `_rebuild_tensor_v2`."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    requires_grad: bool
    hooks: object

    def read(self, values: NDArray[Any]) -> NDArray[Any]:
        last = self.offset + sum((n - 1) * s for n, s in zip(self.size, self.stride, strict=True))
        if min((self.offset, *self.size, *self.stride)) < 0 or last >= values.size:
            raise ValueError("a tensor exceeds its storage")
        # Many tensors in these files are transposed views, so strides matter.
        strides = [s * values.itemsize for s in self.stride]
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.size, strides).copy()


def read_tensors(path: Path) -> Tensors:
    """Return the tensors of a state dictionary, by name.

    Raises:
        NotInstalled: the file is broken or cannot be read.
    """
    try:
        return _parse(io.BytesIO(path.read_bytes()))
    except OSError as exc:
        raise NotInstalled(f"the weights file {path} cannot be read: {exc.strerror}") from exc
    except _READ_ERRORS as exc:
        raise NotInstalled(f"the weights file {path} is broken: {exc}") from exc


def _parse(file: io.BytesIO) -> Tensors:
    if _unpickle(file) != _MAGIC or _unpickle(file) != _PROTOCOL:
        raise ValueError("the format is not torch's legacy format")
    _unpickle(file)  # data about the machine that wrote the file
    views: dict[str, _View] = _unpickle(file)
    keys: list[str] = _unpickle(file)
    storages = {view.storage.key: view.storage for view in views.values()}
    values = {key: _read_values(file, storages[key]) for key in keys}
    if file.read(1):
        raise ValueError("there is data after the end of the last storage")
    return {name: view.read(values[view.storage.key]) for name, view in views.items()}


def _read_values(file: io.BytesIO, storage: _Storage) -> NDArray[Any]:
    (numel,) = struct.unpack("<q", file.read(8))
    data = file.read(storage.numel * storage.dtype.itemsize)
    if numel != storage.numel or len(data) != numel * storage.dtype.itemsize:
        raise ValueError(f"storage {storage.key} is truncated or has the wrong length")
    return np.frombuffer(data, storage.dtype)


def _unpickle(file: io.BytesIO) -> Any:
    return _Unpickler(file, encoding="utf-8").load()


class _Unpickler(pickle.Unpickler):  # noqa: S301 - restricted, see the module's docstring
    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case "collections", "OrderedDict":
                return OrderedDict
            case "torch._utils", "_rebuild_tensor_v2":
                return _View
            case "torch", ("FloatStorage" | "LongStorage"):
                return _DTYPES[name]
        raise pickle.UnpicklingError(f"the file refers to {module}.{name}, which could run code")

    def persistent_load(self, pid: Any) -> _Storage:
        match pid:
            case ("storage", np.dtype() as dtype, str(key), "cpu", int(numel), None):
                return _Storage(key, dtype, numel)
        raise pickle.UnpicklingError("the file has a storage of an unsupported type")
