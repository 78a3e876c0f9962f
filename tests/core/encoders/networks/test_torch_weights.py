"""Reading torch's legacy file format without torch, and without executing anything in it."""

import io
import os
import pickle
import struct
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.encoders.catalogue import describe
from core.encoders.networks.torch_weights import Tensors, read_tensors
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.errors import NotInstalled

MAGIC = 0x1950A86A20F9469CFC6C
Write = Callable[..., bytes]
Read = Callable[[bytes], Tensors]


class Storage:
    def __init__(self, numel: int) -> None:
        self.numel = numel


class Tensor:
    def __init__(self, storage: Storage, *layout: object) -> None:
        self.state = (storage, *layout, False, OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.state


class Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, Storage):
            kind = sys.modules["torch"].FloatStorage
            return ("storage", kind, "key", "cpu", obj.numel, None)
        return None


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes one tensor with one storage, as torch before 1.6 did."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    exec("def _rebuild_tensor_v2(*_): ...", utils.__dict__)  # pickled by module and name
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    def write(values: list[float], offset: int, size: tuple[int, ...], stride: object) -> bytes:
        file = io.BytesIO()
        tensor = Tensor(Storage(len(values)), offset, size, stride)
        for part in (MAGIC, 1001, {}, OrderedDict(weight=tensor), ["key"]):
            Pickler(file, protocol=2).dump(part)
        return file.getvalue() + struct.pack(f"<q{len(values)}f", len(values), *values)

    return write


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file with these bytes."""

    def read(data: bytes) -> Tensors:
        file = tmp_path / "weights.pth"
        file.write_bytes(data)
        return read_tensors(file)

    return read


def test_strides_are_respected(write: Write, read: Read) -> None:
    tensors = read(write([0, 1, 2, 3, 4, 5, 6], 1, (2, 3), (1, 2)))
    assert tensors["weight"].tolist() == [[1, 3, 5], [2, 4, 6]]


@pytest.mark.parametrize(
    ("offset", "size", "stride"), [(2, (2, 3), (1, 2)), (0, (8,), (1,)), (-1, (2,), (1,))]
)
def test_a_tensor_that_exceeds_its_storage_is_refused(
    write: Write, read: Read, offset: int, size, stride
) -> None:
    with pytest.raises(NotInstalled, match="exceeds its storage"):
        read(write([0, 1, 2, 3, 4, 5, 6], offset, size, stride))


def test_bytes_after_the_end_are_refused(write: Write, read: Read) -> None:
    with pytest.raises(NotInstalled, match="after the end"):
        read(write([1, 2], 0, (2,), (1,)) + b"x")


def test_a_file_truncated_anywhere_is_refused(write: Write, read: Read) -> None:
    data = write([1, 2, 3], 0, (3,), (1,))
    for length in range(len(data)):
        with pytest.raises(NotInstalled, match=r"weights\.pth is broken"):
            read(data[:length])


@pytest.mark.parametrize(
    ("model", "width", "millions"), [("lite0", 320, 4.7), ("lite1", 320, 5.4), ("lite2", 352, 6.1)]
)
def test_the_published_weights_have_the_shapes_of_the_paper(
    model: str, width: int, millions: float
) -> None:
    weights = WeightsLookup(Path(), {}).require(describe(f"efficientnet-{model}"))
    tensors = read_tensors(weights.path)
    learned = [name for name in tensors if "running" not in name and "num_batches" not in name]
    assert tensors["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert tensors["_conv_head.weight"].shape == (1280, width, 1, 1)
    assert round(sum(tensors[name].size for name in learned) / 1e6, 1) == millions


class Calls:
    def __init__(self, function: Callable[..., object], *args: object) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


@pytest.mark.parametrize("function", [os.mkdir, eval])
def test_a_pickle_that_calls_a_function_is_refused_without_calling_it(
    function: Callable[..., object], read: Read, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    argument = str(folder) if function is os.mkdir else f"__import__('os').mkdir({str(folder)!r})"
    with pytest.raises(NotInstalled, match="could run code"):
        read(pickle.dumps(Calls(function, argument)))
    assert not folder.exists()


def test_truncated_weights_are_refused(lite0: ResolvedWeights, read: Read) -> None:
    with pytest.raises(NotInstalled, match="broken"):
        read(lite0.path.read_bytes()[:1_000_000])


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NotInstalled, match=r"weights file absent\.pth cannot be read"):
        read_tensors(Path("absent.pth"))
