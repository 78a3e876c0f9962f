"""Converted networks are kept whole, once."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.encoders.openvino_conversion import converted
from core.encoders.weights.lookup import Ready
from core.errors import NotInstalled, Unavailable


def test_what_is_kept_is_not_converted_again(lite0: Ready, models: Path) -> None:
    before = converted(lite0, models).stat()
    after = converted(lite0, models).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_damaged_network_is_converted_anew_by_one_of_those_who_want_it(
    lite0: Ready, models: Path, tmp_path: Path
) -> None:
    whole = converted(lite0, models)
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    damaged = converted(lite0, folder).with_suffix(".bin")
    damaged.write_bytes(b"")
    with ThreadPoolExecutor(2) as pool:
        found = set(pool.map(lambda _: converted(lite0, folder), range(2)))
    assert found == {damaged.with_suffix(".xml")}
    assert damaged.read_bytes() == whole.with_suffix(".bin").read_bytes()
    assert not list(folder.glob(".converting-*"))


def test_a_folder_that_cannot_be_written_is_named(lite0: Ready, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.touch()
    with pytest.raises(Unavailable, match=r"cannot be kept in .*a-file"):
        converted(lite0, blocked)


def test_the_reason_why_a_network_could_not_be_converted_is_told(
    lite0: Ready, tmp_path: Path
) -> None:
    nothing = replace(lite0.description, name="nothing")
    with pytest.raises(NotInstalled, match=r"could not be converted: .*'nothing' is not known"):
        converted(replace(lite0, description=nothing), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
