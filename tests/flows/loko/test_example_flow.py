"""The example flow that `make loko` writes: from a folder and a CSV to recommendations."""

import json

import pytest

from api.loko.bundle.__main__ import Shape, write
from embedded.demo.draw import draw_shop
from tests.support.images import jpeg
from tests.support.loko_caller import BlockError, call_block
from tests.support.loko_gateway import adapter, loko_gateway

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def loko(tmp_path_factory):
    """Loko's gateway, with the demo shop among Loko's files."""
    home = tmp_path_factory.mktemp("loko")
    draw_shop(home / "data/lookalike", 24)
    with loko_gateway(home) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def blocks(stack, loko, tmp_path_factory):
    data = tmp_path_factory.mktemp("blocks")
    with adapter(data, url=stack.url, gateway=loko.url) as url:
        yield url


class Flow:
    """A graph of blocks, run as Loko runs it: each message goes through all that is behind."""

    def __init__(self, project, home, url):
        graph = json.loads(project.read_text())["graphs"]["main"]
        self.nodes = {node["id"]: node["data"] for node in graph["nodes"]}
        self.edges, self.home, self.url = graph["edges"], home, url
        self.seen = {}

    def start(self, alias):
        """Press the button of a Trigger or File Reader."""
        [node] = [one for one, data in self.nodes.items() if self.values(one)["alias"] == alias]
        value = self.values(node)["value"]
        read = self.nodes[node]["name"] == "File Reader"
        self.pass_on(node, "output", None if read else value, value if read else None)

    def values(self, node):
        return self.nodes[node]["options"]["values"]

    def pass_on(self, node, output, value, file=None):
        self.seen[self.values(node)["alias"]] = value
        for edge in self.edges:
            if (edge["source"], edge["sourceHandle"]) == (node, output):
                self.call(edge["target"], edge["targetHandle"], value, file)

    def call(self, node, input, value, file):
        data = self.nodes[node]
        [port] = [one for one in data["inputs"] if one["id"] == input]
        path = self.home / file["path"] if file else None
        name, values = data["name"], self.values(node)
        for message in call_block(self.url, port["service"], value, path, name, values):
            self.pass_on(node, port["to"], message)


@pytest.fixture(scope="module")
def flow(loko, blocks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "lookalike"
    write(folder, url="http://x", gateway="http://localhost:9999", shape=Shape.THIN)
    flow = Flow(folder / "loko.project", loko.folder, blocks)
    for alias in ("1 Make and fill", "2 Sales", "3 A picture"):
        flow.start(alias)
    return flow


def test_the_folder_became_items_with_the_attributes_of_its_manifest(flow, loko, stack_http):
    added = flow.seen["Add"]
    pictures = list((loko.folder / "data/lookalike/items").rglob("*.jpg"))
    assert (added["status"], added["progress"]["done"]) == ("succeeded", len(pictures))
    assert len(pictures) > 10, "more than a page of Loko's listing"
    items = stack_http.get("/v1/collections/shop/items").json()["items"]
    assert len(items) == 24
    assert all(item["attributes"]["kind"] for item in items)


def test_the_sales_became_lists_of_recommendations(flow, stack_http):
    assert flow.seen["Fit"]["status"] == "succeeded"
    offered = flow.seen["Recommend"]["items"]
    assert [one["user"] for one in offered] == [one["user"] for one in flow.seen["Users"]["items"]]
    assert len(offered) == 50
    for one in offered[:5]:
        path = f"/v1/collections/shop/users/{one['user']}/recommendations"
        assert one == stack_http.get(path, params={"limit": 5}).json()
        assert 1 <= len(one["recommendations"]) <= 5


def test_the_picture_found_items_of_the_shop(flow, stack_http):
    matches = flow.seen["Search"]["matches"]
    assert len(matches) == 10
    skus = {one["sku"] for one in stack_http.get("/v1/collections/shop/items").json()["items"]}
    assert {one["sku"] for one in matches} <= skus


def test_progress_was_shown_over_the_blocks(flow, loko):
    paths, events = zip(*loko.emitted, strict=True)
    assert set(paths) == {"/emit"}
    assert {one["event_name"] for one in events} == {"event_ds4biz"}
    contents = [one["content"] for one in events]
    assert {(one["type"], one["name"]) for one in contents} == {("lookalike", "shop")}
    lines = [one["msg"] for one in contents]
    assert [line for line in lines if line.startswith("ingest: succeeded")]
    assert [line for line in lines if line.startswith("train: succeeded")]


def test_a_gateway_that_is_gone_changes_nothing(stack, stack_http, tmp_path):
    stack_http.post("/v1/collections", json={"name": "no-gateway"})
    with adapter(tmp_path, url=stack.url, gateway="http://127.0.0.1:1") as url:
        form = {"collection_add": "no-gateway"}
        [told] = call_block(url, "loko/collections/add", file=("a.jpg", jpeg(1)), values=form)
        assert told["status"] == "succeeded"
        form["folder"] = "data/lookalike"
        with pytest.raises(BlockError, match="gateway does not give data/lookalike"):
            call_block(url, "loko/collections/add", values=form)


@pytest.mark.parametrize(
    ("folder", "complaint"),
    [
        ("data/nothing", "data/nothing.* is not among Loko's files"),
        ("data/lookalike/sales.csv", "is not a folder"),
        ("data/../etc", "choose a folder of Loko's files"),
        ("data/lookalike/empty", "has no files"),
    ],
)
def test_what_is_no_folder_is_told_in_a_sentence(blocks, loko, stack_http, folder, complaint):
    stack_http.post("/v1/collections", json={"name": "no-folder"})
    (loko.folder / "data/lookalike/empty").mkdir(exist_ok=True)
    form = {"collection_add": "no-folder", "folder": folder}
    with pytest.raises(BlockError, match=complaint):
        call_block(blocks, "loko/collections/add", values=form)


def test_without_a_gateway_a_folder_cannot_be_read(stack, stack_http):
    stack_http.post("/v1/collections", json={"name": "no-folder"})
    form = {"collection_add": "no-folder", "folder": {"path": "data/lookalike", "isDir": True}}
    with pytest.raises(BlockError, match="LOOKALIKE_LOKO__GATEWAY"):
        call_block(stack.url, "loko/collections/add", values=form)
