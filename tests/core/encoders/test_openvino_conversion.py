"""Networks are converted once, and stored completely."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.encoders.openvino_conversion import ensure_converted
from core.encoders.weights.lookup import ResolvedWeights
from core.errors import NotInstalled, Unavailable

pytestmark = pytest.mark.slow


def test_a_converted_network_is_reused(lite0: ResolvedWeights, models: Path) -> None:
    before = ensure_converted(lite0, models).stat()
    after = ensure_converted(lite0, models).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_damaged_network_is_converted_again_by_one_process_only(
    lite0: ResolvedWeights, models: Path, tmp_path: Path
) -> None:
    intact = ensure_converted(lite0, models)
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    damaged = ensure_converted(lite0, folder).with_suffix(".bin")
    damaged.write_bytes(b"")
    with ThreadPoolExecutor(2) as pool:
        paths = set(pool.map(lambda _: ensure_converted(lite0, folder), range(2)))
    assert paths == {damaged.with_suffix(".xml")}
    assert damaged.read_bytes() == intact.with_suffix(".bin").read_bytes()
    assert not list(folder.glob(".converting-*"))


def test_a_folder_that_cannot_be_written_is_named(lite0: ResolvedWeights, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.touch()
    with pytest.raises(Unavailable, match=r"cannot write the converted network to .*a-file"):
        ensure_converted(lite0, blocked)


def test_a_failed_conversion_is_reported_with_its_reason(
    lite0: ResolvedWeights, tmp_path: Path
) -> None:
    unknown = replace(lite0.description, name="nothing")
    with pytest.raises(
        NotInstalled, match=r"could not be converted for OpenVINO: .*no encoder 'nothing'"
    ):
        ensure_converted(replace(lite0, description=unknown), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
