"""The measure of what encoders find: tables made by hand, folders, distortions."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.support.class_folders import read_class_folder
from benchmarks.support.class_quality import class_quality, paired_difference, share_found_first
from core.encoders.images.distortions import DISTORTIONS, distort


def write_images(folder: Path, **counts: int) -> None:
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (8, 8)).save(folder / name / f"{number}.png")


def test_precision_and_mean_average_precision_are_those_worked_out_by_hand() -> None:
    scores = np.array([[0.9, 0.8, 0.7, 0.6], [0.1, 0.2, 0.3, 0.4]], np.float32)
    quality = class_quality(
        scores, np.array(["a", "b"]), np.array(["a", "b", "a", "b"]), leave_one_out=False
    )
    assert quality.precision.tolist() == [0.2, 0.2]  # two of each, and ten places
    assert quality.average_precision.tolist() == pytest.approx([(1 + 2 / 3) / 2] * 2)  # 1 and 3


def test_an_image_is_not_its_own_result() -> None:
    scores = np.array([[1, 0.2, 0.5], [0.2, 1, 0.1], [0.5, 0.1, 1]], np.float32)
    classes = np.array(["a", "a", "a"])
    quality = class_quality(scores, classes, classes, leave_one_out=True)
    assert quality.precision.tolist() == [0.2, 0.2, 0.2]
    classes = np.array(["a", "a", "b", "b"])
    scores = np.full((4, 4), 0.5, np.float32)
    scores[[0, 1, 2, 3], [1, 0, 0, 2]] = 0.9  # the third finds the fourth after two others
    quality = class_quality(scores, classes, classes, leave_one_out=True)
    assert quality.average_precision.tolist() == pytest.approx([1, 1, 1 / 3, 1])


def test_the_share_found_first_counts_the_highest_scores() -> None:
    scores = np.array([[0.1, 0.9], [0.8, 0.2]], np.float32)
    assert share_found_first(scores, np.array([1, 1])) == 0.5


def test_two_encoders_are_compared_query_by_query() -> None:
    assert paired_difference(np.array([0.5, 0.3]), np.array([0.1, 0.1])) == "+0.300 ± 0.100"


def test_a_folder_with_validation_and_test_has_a_gallery_and_queries(tmp_path: Path) -> None:
    write_images(tmp_path / "validation", hat=2, shoe=1)
    write_images(tmp_path / "test", hat=1)
    write_images(tmp_path / "train", hat=1)
    images = read_class_folder(tmp_path)
    assert [path.parent.name for path in images.gallery] == ["hat", "hat", "shoe"]
    assert images.queries == (tmp_path / "test/hat/0.png",)
    assert not images.leave_one_out


def test_in_a_folder_of_classes_each_image_is_searched_among_the_others(tmp_path: Path) -> None:
    write_images(tmp_path, hat=2, shoe=2)
    images = read_class_folder(tmp_path)
    assert images.leave_one_out
    assert len(images.gallery) == 4


def test_queries_without_a_possible_result_are_refused(tmp_path: Path) -> None:
    write_images(tmp_path, hat=2, shoe=1)
    with pytest.raises(SystemExit, match=r"shoe.0\.png: the gallery has no other image"):
        read_class_folder(tmp_path)
    with pytest.raises(SystemExit, match="no subfolders with images"):
        read_class_folder(tmp_path / "hat")


@pytest.mark.parametrize("name", DISTORTIONS)
def test_every_distortion_changes_the_picture_in_the_same_way_each_time(name: str) -> None:
    y, x = np.mgrid[:90, :60]
    pixels = np.stack([x * 4, y * 2, np.where((x - 20) ** 2 + (y - 45) ** 2 < 300, 255, 0)], -1)
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    changed = distort(file.getvalue(), name)
    assert changed == distort(file.getvalue(), name)
    image = Image.open(io.BytesIO(changed))
    sizes = {"crop": (42, 62), "frame": (78, 108), "shrinking": (20, 30)}
    assert image.size == sizes.get(name, (60, 90))
    if image.size == (60, 90):
        assert np.abs(np.asarray(image, float) - pixels).mean() > 1
