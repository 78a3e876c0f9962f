"""Descriptions of own encoders: reading, refusals, and their place in the catalogue."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.encoders.catalogue import BUILT_IN, ENCODERS, describe
from core.encoders.description import Recipe
from core.encoders.onnx.own_encoders import add_own_encoders, read_own_encoder
from core.encoders.recipes.layout import layout_of
from core.errors import InvalidInput

GUIDE = Path(__file__).parents[4] / "docs/encoders.md"
GOOD = "side = 224\ndim = 512\nmean = [0.485, 0.456, 0.406]\nstd = [0.229, 0.224, 0.225]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder; the catalogue is as before afterwards."""
    yield tmp_path
    add_own_encoders(tmp_path / "missing")


def test_a_described_encoder_joins_the_catalogue_and_has_all_recipes(folder: Path) -> None:
    (folder / "shitu.toml").write_text(GOOD)
    add_own_encoders(folder)
    encoder = describe("shitu")
    assert (encoder.side, encoder.dim, encoder.weights.file) == (224, 512, "shitu.onnx")
    assert encoder.part_dims("parts-1") == {"network": 512, "colour": 64}
    assert encoder.part_dims("fitted-1") == {"network": 256, "colour": 64}
    assert list(ENCODERS) == [*BUILT_IN, "shitu"]


def test_own_encoders_leave_the_catalogue_with_their_files(folder: Path) -> None:
    (folder / "shitu.toml").write_text(GOOD)
    add_own_encoders(folder)
    (folder / "shitu.toml").unlink()
    add_own_encoders(folder)
    with pytest.raises(InvalidInput, match="there is no encoder 'shitu'"):
        describe("shitu")


@pytest.mark.parametrize(
    ("before", "recipe", "shape", "colour"),
    [
        (512, "parts-1", slice(0, 512), slice(512, 576)),
        (512, "fitted-1", slice(0, 256), slice(256, 320)),
        (100, "fitted-1", slice(0, 100), slice(100, 164)),
    ],
)
@pytest.mark.parametrize("after", [80, 768])
def test_the_parts_of_vectors_are_found_after_the_length_in_the_description_has_changed(
    folder: Path, before: int, recipe: Recipe, shape: slice, colour: slice, after: int
) -> None:
    description = folder / "shitu.toml"
    description.write_text(GOOD.replace("512", str(before)))
    add_own_encoders(folder)
    vectors = describe("shitu").identity("a" * 64, recipe)
    description.write_text(GOOD.replace("512", str(after)))
    add_own_encoders(folder)
    assert layout_of(vectors).slices == {"network": shape, "colour": colour}


def test_a_wrong_description_is_logged_and_refused_only_for_its_own_encoder(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "good.toml").write_text(GOOD)
    (folder / "wrong.toml").write_text(GOOD + "meen = [0, 0, 0]\n")
    add_own_encoders(folder)
    assert describe("good").name == "good"
    with pytest.raises(InvalidInput, match=r"wrong\.toml: meen: Extra inputs are not permitted"):
        describe("wrong")
    assert "meen" in caplog.text


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.toml", GOOD.replace("side = 224", "side = 5000"), "side: .* equal to 1024"),
        ("a.toml", GOOD.replace("0.229", "0"), r"std\.0: .* greater than 0"),
        ("a.toml", GOOD.replace("0.485", "nan"), r"mean\.0: .* finite"),
        ("a.toml", GOOD.replace("mean = [0.485, ", "mean = ["), r"mean\.2: Field required"),
        ("a.toml", GOOD + 'pooling = "max"', "pooling: .*'none', 'mean', 'gem' or 'first'"),
        ("a.toml", GOOD + "[text]\ncontext = 8", r"text\.padding: Field required"),
        ("a.toml", GOOD + "[text]\ncontext = 1\npadding = 'a'", r"text\.context: .* equal to 2"),
        ("a.toml", "side = 224", "dim: Field required; mean: Field required; std: Field required"),
        ("a.toml", "{'side': 224}", "is not a TOML file"),
        ("a.toml", "side = '\xff'", "is not a TOML file"),
        ("Mine.toml", GOOD, "from a-z"),
        ("resnet50.toml", GOOD, "'resnet50' is built in"),
    ],
)  # fmt: skip
def test_wrong_descriptions_are_refused_with_the_field_and_the_reason(
    folder: Path, name: str, text: str, reason: str
) -> None:
    path = folder / name
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InvalidInput, match=reason):
        read_own_encoder(path)


def test_of_new_fields_only_the_crop_changes_the_label_of_vectors(folder: Path) -> None:
    """So, vectors made before there were these fields stay valid."""
    (folder / "a.toml").write_text(GOOD)
    values = {"side": 224, "dim": 512, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    sha256 = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    assert read_own_encoder(folder / "a.toml").onnx.sha256 == sha256
    (folder / "a.toml").write_text(f"{GOOD}[text]\ncontext = 8\npadding = 'a'\n")
    assert read_own_encoder(folder / "a.toml").onnx.sha256 == sha256
    (folder / "a.toml").write_text(f"{GOOD}crop = 'squash'\n")
    squashed = read_own_encoder(folder / "a.toml")
    assert squashed.onnx.sha256 != sha256
    assert squashed.identity("a" * 64).preprocessing.startswith("squash-1")


def test_the_descriptions_in_the_guide_are_right(folder: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    for example in examples:
        path = folder / "example.toml"
        path.write_text(example)
        assert read_own_encoder(path).dim == 512
    assert len(examples) == 3
