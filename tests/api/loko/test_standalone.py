"""The blocks on their own, as in a Loko container."""

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
from tests.support.loko_gateway import serve_blocks
from tests.support.servers import free_port

ROOT = Path(__file__).parents[3]


def container_distributions():
    """Return the names of all distributions that the extra `loko` installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return with_dependencies([*project["dependencies"], *project["optional-dependencies"]["loko"]])


def with_dependencies(lines):
    requirements = [Requirement(line) for line in lines]
    names = {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if not requirement.marker or requirement.marker.evaluate({"extra": ""})
    }
    return names.union(*(with_dependencies(requires(name) or []) for name in names))


def test_they_only_import_what_their_container_has():
    code = "import sys; from api.loko.app import create_adapter; create_adapter()"
    code += "; print(*sys.modules)"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    modules = process.stdout.split()
    assert "api.loko.blocks.recommender" in modules
    # a namespace that several distributions share, like `opentelemetry`, does not show which it is
    owners = {
        module: distributions[0]
        for module, distributions in packages_distributions().items()
        if len(set(distributions)) == 1
    }
    imported = {canonicalize_name(owners[module]) for module in modules if module in owners}
    assert imported - {"lookalike", "setuptools"} <= container_distributions()
    assert not {"core.storage", "opentelemetry.sdk"} & set(modules)


def test_an_unreachable_server_is_reported_as_such(tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    error = pytest.raises(BlockError, match=rf"{url}/? cannot be reached; is the server running")
    with serve_blocks(tmp_path, url=url) as blocks, error:
        call_block(blocks, "loko/collections/list")


def test_a_server_other_than_lookalike_is_reported_as_such(tmp_path):
    error = pytest.raises(BlockError, match="is not a Lookalike server")
    with serve_blocks(tmp_path) as other, serve_blocks(tmp_path, url=other) as blocks, error:
        call_block(blocks, "loko/collections/list")


def test_an_unknown_path_is_reported_as_such(tmp_path):
    with serve_blocks(tmp_path) as blocks:
        for service in ("loko/collections/rename", "loko", "elsewhere"):
            with pytest.raises(BlockError, match="there is no block at /"):
                call_block(blocks, service)
