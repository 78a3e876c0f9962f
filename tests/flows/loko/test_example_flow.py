"""The example flow that `make loko` writes: from a folder and a CSV to recommendations."""

import json

import pytest

from api.loko.bundle.__main__ import Shape, write
from embedded.demo.draw import draw_shop
from tests.support.images import jpeg
from tests.support.loko_caller import BlockError, call_block
from tests.support.loko_gateway import loko_gateway, serve_blocks

pytestmark = pytest.mark.stack

ITEMS = 24


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Loko's gateway, with the demo shop among Loko's files."""
    home = tmp_path_factory.mktemp("loko")
    draw_shop(home / "data/lookalike", ITEMS)
    with loko_gateway(home) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def blocks(stack, gateway, tmp_path_factory):
    data = tmp_path_factory.mktemp("blocks")
    with serve_blocks(data, url=stack.url, gateway=gateway.url) as url:
        yield url


class Flow:
    """Runs a graph of blocks as Loko does: each message passes through all blocks linked to it."""

    def __init__(self, project, home, url):
        graph = json.loads(project.read_text())["graphs"]["main"]
        self.nodes = {node["id"]: node["data"] for node in graph["nodes"]}
        self.edges, self.home, self.url = graph["edges"], home, url
        self.outputs = {}
        """The last message of each block, by the block's alias."""

    def start(self, alias):
        """Press the button of a Trigger or File Reader."""
        [node_id] = [id for id in self.nodes if self.values(id)["alias"] == alias]
        value = self.values(node_id)["value"]
        if self.nodes[node_id]["name"] == "File Reader":
            self.emit(node_id, "output", None, file=value)
        else:
            self.emit(node_id, "output", value)

    def values(self, node_id):
        return self.nodes[node_id]["options"]["values"]

    def emit(self, node_id, output, value, file=None):
        self.outputs[self.values(node_id)["alias"]] = value
        for edge in self.edges:
            if (edge["source"], edge["sourceHandle"]) == (node_id, output):
                self.call(edge["target"], edge["targetHandle"], value, file)

    def call(self, node_id, input_id, value, file):
        node = self.nodes[node_id]
        [port] = [port for port in node["inputs"] if port["id"] == input_id]
        path = self.home / file["path"] if file else None
        name, values = node["name"], self.values(node_id)
        for message in call_block(self.url, port["service"], value, path, name, values):
            self.emit(node_id, port["to"], message)


@pytest.fixture(scope="module")
def flow(gateway, blocks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "lookalike"
    write(folder, url="http://x", gateway="http://localhost:9999", shape=Shape.THIN)
    flow = Flow(folder / "loko.project", gateway.folder, blocks)
    for alias in ("1 Create and fill", "2 Sales", "3 An image"):
        flow.start(alias)
    return flow


def test_the_folder_became_items_with_the_attributes_of_its_manifest(flow, gateway, stack_http):
    job = flow.outputs["Add"]
    images = list((gateway.folder / "data/lookalike/items").rglob("*.jpg"))
    assert (job["status"], job["progress"]["done"]) == ("succeeded", len(images))
    assert len(images) > 10, "more than one page of Loko's listing"
    items = stack_http.get("/v1/collections/shop/items").json()["items"]
    assert len(items) == ITEMS
    assert all(item["attributes"]["kind"] for item in items)


def test_the_sales_became_recommendation_lists(flow, stack_http):
    assert flow.outputs["Fit"]["status"] == "succeeded"
    lists = flow.outputs["Recommend"]["items"]
    users = [customer["user"] for customer in flow.outputs["Users"]["items"]]
    assert [each["user"] for each in lists] == users
    assert len(lists) == 50
    for each in lists[:5]:
        path = f"/v1/collections/shop/users/{each['user']}/recommendations"
        assert each == stack_http.get(path, params={"limit": 5}).json()
        assert 1 <= len(each["recommendations"]) <= 5


def test_the_query_image_matched_items_of_the_shop(flow, stack_http):
    matches = flow.outputs["Search"]["matches"]
    assert len(matches) == 10
    items = stack_http.get("/v1/collections/shop/items").json()["items"]
    assert {match["sku"] for match in matches} <= {item["sku"] for item in items}


def test_progress_was_shown_on_the_blocks(flow, gateway):
    paths, events = zip(*gateway.emitted, strict=True)
    assert set(paths) == {"/emit"}
    assert {event["event_name"] for event in events} == {"event_ds4biz"}
    contents = [event["content"] for event in events]
    assert {(content["type"], content["name"]) for content in contents} == {("lookalike", "shop")}
    lines = [content["msg"] for content in contents]
    assert [line for line in lines if line.startswith("ingest: succeeded")]
    assert [line for line in lines if line.startswith("train: succeeded")]


def test_an_unreachable_gateway_only_affects_folders(stack, stack_http, tmp_path):
    stack_http.post("/v1/collections", json={"name": "no-gateway"})
    with serve_blocks(tmp_path, url=stack.url, gateway="http://127.0.0.1:1") as url:
        form = {"collection_add": "no-gateway"}
        [job] = call_block(url, "loko/collections/add", file=("a.jpg", jpeg(1)), values=form)
        assert job["status"] == "succeeded"
        form["folder"] = "data/lookalike"
        with pytest.raises(BlockError, match="gateway did not return data/lookalike"):
            call_block(url, "loko/collections/add", values=form)


@pytest.mark.parametrize(
    ("folder", "error"),
    [
        ("data/nothing", "data/nothing.* does not exist in Loko"),
        ("data/lookalike/sales.csv", "data/lookalike/sales.csv is not a folder"),
        ("data/../etc", "choose a folder in Loko"),
        ("data/lookalike/empty", "contains no files"),
    ],
)
def test_an_invalid_folder_is_reported(blocks, gateway, stack_http, folder, error):
    stack_http.post("/v1/collections", json={"name": "no-folder"})
    (gateway.folder / "data/lookalike/empty").mkdir(exist_ok=True)
    form = {"collection_add": "no-folder", "folder": folder}
    with pytest.raises(BlockError, match=error):
        call_block(blocks, "loko/collections/add", values=form)


def test_without_a_gateway_a_folder_cannot_be_read(stack, stack_http):
    stack_http.post("/v1/collections", json={"name": "no-folder"})
    form = {"collection_add": "no-folder", "folder": {"path": "data/lookalike", "isDir": True}}
    with pytest.raises(BlockError, match="LOOKALIKE_LOKO__GATEWAY"):
        call_block(stack.url, "loko/collections/add", values=form)
