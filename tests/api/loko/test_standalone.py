"""The blocks alone, as in a container of Loko's."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.loko_caller import BlockError, call_block
from tests.support.loko_gateway import adapter
from tests.support.servers import free_port

ROOT = Path(__file__).parents[3]


def in_the_container():
    """All distributions that the extra `loko` brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return with_their_own([*project["dependencies"], *project["optional-dependencies"]["loko"]])


def with_their_own(lines):
    wanted = [Requirement(line) for line in lines]
    wanted = [one for one in wanted if not one.marker or one.marker.evaluate({"extra": ""})]
    names = {canonicalize_name(one.name) for one in wanted}
    return names.union(*(with_their_own(requires(name) or []) for name in names))


def test_they_load_nothing_that_is_not_in_their_container():
    code = "import sys; from api.loko.app import create_adapter; create_adapter()"
    code += "; print(*sys.modules)"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "api.loko.blocks.recommender" in loaded
    known = packages_distributions()
    # a name that several share, as `opentelemetry`, does not tell which of them is loaded
    of_one = {name: those[0] for name, those in known.items() if len(set(those)) == 1}
    owners = {canonicalize_name(of_one[name]) for name in loaded if name in of_one}
    assert owners - {"lookalike", "setuptools"} <= in_the_container()
    assert not {"core.storage", "opentelemetry.sdk"} & set(loaded)


def test_a_server_that_is_not_there_is_told_in_a_sentence(tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    complaint = pytest.raises(BlockError, match=rf"{url}/? does not answer; is it started")
    with adapter(tmp_path, url=url) as blocks, complaint:
        call_block(blocks, "loko/collections/list")


def test_a_server_that_is_another_is_told_in_a_sentence(tmp_path):
    complaint = pytest.raises(BlockError, match="is no Lookalike server")
    with adapter(tmp_path) as other, adapter(tmp_path, url=other) as blocks, complaint:
        call_block(blocks, "loko/collections/list")


def test_what_no_block_asks_is_told_in_a_sentence(tmp_path):
    with adapter(tmp_path) as blocks:
        for service in ("loko/collections/rename", "loko", "elsewhere"):
            with pytest.raises(BlockError, match="there is no block at /"):
                call_block(blocks, service)
