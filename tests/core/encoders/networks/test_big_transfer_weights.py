"""A file that differs from the published format is refused with its name and the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.networks.big_transfer_weights import open_bit_file
from core.errors import NotInstalled

KERNEL = "resnet/block1/unit01/a/standardized_conv2d/kernel"
GAMMA = "resnet/group_norm/gamma"
ARRAYS: dict[str, NDArray] = {
    KERNEL: np.arange(6, dtype=np.float32).reshape(2, 3),
    GAMMA: np.ones(4, np.float32),
    "resnet/head/conv2d/kernel": np.zeros((2, 10), np.float32),
}


def write_file(path: Path, changes: dict[str, Any], write: Callable[..., None] = np.savez) -> Path:
    """Write a file with some arrays changed; those that are None are omitted."""
    arrays = {name: array for name, array in (ARRAYS | changes).items() if array is not None}
    write(path, **arrays)
    return path


def read(path: Path) -> list[NDArray]:
    with open_bit_file(path) as file:
        return [file.take(KERNEL, (2, 3)), file.take(GAMMA, (4,))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "BiT.npz"


def is_as_written(arrays: list[NDArray]) -> bool:
    return all(map(np.array_equal, arrays, (ARRAYS[KERNEL], ARRAYS[GAMMA])))


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_are_read_as_they_were_written(path: Path, write: Callable[..., None]) -> None:
    assert is_as_written(read(write_file(path, {}, write)))


def test_numbers_in_convolution_names_are_ignored(path: Path) -> None:
    numbered = KERNEL.replace("conv2d", "conv2d_17")
    assert is_as_written(read(write_file(path, {KERNEL: None, numbered: ARRAYS[KERNEL]})))


def test_the_classifier_is_not_read(path: Path) -> None:
    pickled = np.array([{}], dtype=object)
    assert is_as_written(read(write_file(path, {"resnet/head/conv2d/bias": pickled})))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({GAMMA: None}, f"{GAMMA} is missing"),
        ({"resnet/other": np.ones(1)}, "resnet/other"),
        ({KERNEL.replace("conv2d", "conv2d_1"): ARRAYS[KERNEL]}, "the same name"),
        ({GAMMA: np.ones(5, np.float32)}, rf"{GAMMA} is float32 \(5,\), not float32 \(4,\)"),
        ({KERNEL: ARRAYS[KERNEL].T}, rf"{KERNEL} is float32 \(3, 2\), not float32 \(2, 3\)"),
        ({GAMMA: np.ones(4)}, rf"{GAMMA} is float64"),
        ({GAMMA: np.array([1, 1, np.nan, 1], np.float32)}, f"{GAMMA} .* not finite"),
        ({GAMMA: np.array([1, 1, np.inf, 1], np.float32)}, f"{GAMMA} .* not finite"),
        ({GAMMA: np.array([{}] * 4, dtype=object)}, f"{GAMMA} cannot be read: Object arrays"),
    ],
    ids=["missing", "unknown", "twice", "longer", "turned", "float64", "nan", "inf", "pickled"],
)
def test_wrong_arrays_are_refused(path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NotInstalled, match=rf"BiT\.npz .*{message}"):
        read(write_file(path, changes))


def test_a_file_that_is_not_an_npz_is_refused(path: Path) -> None:
    for content in (b"", b"<html>not found</html>", ARRAYS[GAMMA].dumps()):
        path.write_bytes(content)
        with pytest.raises(NotInstalled, match=r"BiT\.npz .*not an \.npz"):
            read(path)


def test_a_missing_file_is_reported(path: Path) -> None:
    with pytest.raises(NotInstalled, match=r"BiT\.npz .*No such file"):
        read(path)


def test_a_file_truncated_anywhere_is_refused(path: Path) -> None:
    intact = write_file(path, {}).read_bytes()
    for length in range(0, len(intact), 7):
        path.write_bytes(intact[:length])
        with pytest.raises(NotInstalled, match=r"BiT\.npz .*is truncated"):
            read(path)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_a_damaged_file_is_refused_or_read_correctly(
    path: Path, write: Callable[..., None]
) -> None:
    intact = write_file(path, {}, write).read_bytes()
    refused = 0
    for position in range(0, len(intact), 3):
        damaged = bytearray(intact)
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        try:
            assert is_as_written(read(path))
        except NotInstalled:
            refused += 1
    assert refused > len(intact) / 6
