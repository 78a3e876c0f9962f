"""What `make loko` writes is what Loko can take."""

import json
import re

import pytest
from loko_extensions.model.components import save_extensions

from api.loko.blocks import collections, images_search, job_status, recommender
from api.loko.bundle.__main__ import Shape, write
from api.loko.bundle.components import blocks_of
from tests.support.loko_caller import lint_components

BASE = "http://localhost:9999/routes/lookalike"
CLASSIC = re.compile(r"^(FROM|ARG|ENV|COPY|RUN|USER|EXPOSE|CMD) (?!--mount|--link)")


@pytest.fixture(params=list(Shape))
def bundle(request, tmp_path):
    folder = tmp_path / "lookalike"
    url, gateway = "http://server:8000", "http://localhost:9999/"
    write(folder, url=url, gateway=gateway, shape=request.param)
    return folder


def test_the_written_blocks_have_no_fault_and_are_alone_in_their_tree(bundle):
    [found] = bundle.rglob("components.json")
    assert found == bundle / "extensions/components.json"
    assert lint_components(found) == []
    names = [block["name"] for block in json.loads(found.read_text())]
    assert names == ["Collections", "Images Search", "Recommender"]


def test_they_are_byte_for_byte_what_lokos_package_writes(bundle, tmp_path, monkeypatch):
    (tmp_path / "extensions").mkdir()
    monkeypatch.chdir(tmp_path)
    save_extensions(blocks_of(BASE))
    theirs = (tmp_path / "extensions/components.json").read_bytes()
    assert (bundle / "extensions/components.json").read_bytes() == theirs


def test_every_input_has_its_route_and_every_route_its_input():
    asked = {one.service for block in blocks_of(BASE) for one in block.inputs}
    services = (collections, images_search, recommender, job_status)
    answered = {f"loko{route.path}" for room in services for route in room.router.routes}
    assert asked == answered


def test_no_field_is_shared_by_inputs_of_a_block_that_do_harm():
    for block in blocks_of(BASE):
        groups = {one.name: one.group for one in block.args if "collection_" in one.name}
        assert len(set(groups)) == len(groups)
        harmful = [name for name, group in groups.items() if group.startswith("Delete")]
        assert all(name.startswith("collection_delete") for name in harmful)


def test_one_port_is_exposed_and_no_new_kind_of_build_is_needed(bundle):
    lines = (bundle / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("EXPOSE")] == ["EXPOSE 8080"]
    assert all(CLASSIC.match(line) for line in lines)


def test_the_containers_settings_are_those_that_loko_knows(bundle):
    config = json.loads((bundle / "config.json").read_text())
    assert set(config) == {"main"}
    assert set(config["main"]) <= {"environment", "volumes"}


def test_the_container_is_told_of_lokos_gateway_where_loko_tells_it(bundle):
    text = (bundle / "Dockerfile").read_text()
    assert text.index("ARG GATEWAY") < text.index("LOOKALIKE_LOKO__GATEWAY=$GATEWAY")


def test_the_example_flow_joins_inputs_that_there_are(bundle):
    graph = json.loads((bundle / "loko.project").read_text())["graphs"]["main"]
    nodes = {node["id"]: node["data"] for node in graph["nodes"]}
    for edge in graph["edges"]:
        source, target = nodes[edge["source"]], nodes[edge["target"]]
        assert edge["sourceHandle"] in [one["id"] for one in source["outputs"]]
        assert edge["targetHandle"] in [one["id"] for one in target["inputs"]]
    for node in nodes.values():
        fields = {one["name"] for one in node["options"]["args"]}
        assert set(node["options"]["values"]) <= fields
