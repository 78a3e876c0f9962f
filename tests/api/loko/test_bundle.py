"""The extension that `make loko` writes is valid for Loko."""

import json
import re

import pytest
from loko_extensions.model.components import save_extensions

from api.loko.blocks import collections, images_search, items, job_status, recommender
from api.loko.bundle.__main__ import Shape, write
from api.loko.bundle.components import build_blocks
from tests.support.loko_caller import lint_components

BASE = "http://localhost:9999/routes/lookalike"
CLASSIC_INSTRUCTION = re.compile(r"^(FROM|ARG|ENV|COPY|RUN|USER|EXPOSE|CMD) (?!--mount|--link)")


@pytest.fixture(params=list(Shape))
def bundle(request, tmp_path):
    folder = tmp_path / "lookalike"
    url, gateway = "http://server:8000", "http://localhost:9999/"
    write(folder, url=url, gateway=gateway, shape=request.param)
    return folder


def test_the_blocks_pass_the_linter_and_are_the_only_ones_in_the_folder(bundle):
    [path] = bundle.rglob("components.json")
    assert path == bundle / "extensions/components.json"
    assert lint_components(path) == []
    names = [block["name"] for block in json.loads(path.read_text())]
    assert names == ["Collections", "Items", "Images Search", "Recommender"]


def test_the_blocks_are_byte_for_byte_what_lokos_package_writes(bundle, tmp_path, monkeypatch):
    (tmp_path / "extensions").mkdir()
    monkeypatch.chdir(tmp_path)
    save_extensions(build_blocks(BASE))
    expected = (tmp_path / "extensions/components.json").read_bytes()
    assert (bundle / "extensions/components.json").read_bytes() == expected


def test_every_input_has_a_route_and_every_route_an_input():
    services = {port.service for block in build_blocks(BASE) for port in block.inputs}
    modules = (collections, items, images_search, recommender, job_status)
    routes = {f"loko{route.path}" for module in modules for route in module.router.routes}
    assert services == routes


def test_destructive_inputs_share_no_field_with_other_inputs_of_their_block():
    for block in build_blocks(BASE):
        groups = {arg.name: arg.group for arg in block.args if "collection_" in arg.name}
        assert len(set(groups)) == len(groups)
        destructive = [name for name, group in groups.items() if group.startswith("Delete")]
        assert all(name.startswith("collection_delete") for name in destructive)


def test_the_dockerfile_exposes_one_port_and_needs_no_buildkit(bundle):
    lines = (bundle / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("EXPOSE")] == ["EXPOSE 8080"]
    assert all(CLASSIC_INSTRUCTION.match(line) for line in lines)


def test_the_container_config_only_has_keys_that_loko_supports(bundle):
    config = json.loads((bundle / "config.json").read_text())
    assert set(config) == {"main"}
    assert set(config["main"]) <= {"environment", "volumes"}


def test_the_container_gets_the_gateways_url_from_lokos_build_argument(bundle):
    text = (bundle / "Dockerfile").read_text()
    assert text.index("ARG GATEWAY") < text.index("LOOKALIKE_LOKO__GATEWAY=$GATEWAY")


def test_the_example_flow_connects_existing_inputs_and_fills_existing_fields(bundle):
    graph = json.loads((bundle / "loko.project").read_text())["graphs"]["main"]
    nodes = {node["id"]: node["data"] for node in graph["nodes"]}
    for edge in graph["edges"]:
        source, target = nodes[edge["source"]], nodes[edge["target"]]
        assert edge["sourceHandle"] in [port["id"] for port in source["outputs"]]
        assert edge["targetHandle"] in [port["id"] for port in target["inputs"]]
    for node in nodes.values():
        fields = {arg["name"] for arg in node["options"]["args"]}
        assert set(node["options"]["values"]) <= fields
