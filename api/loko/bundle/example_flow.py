"""The example flow: from a folder of images and a sales CSV to recommendations."""

from dataclasses import dataclass
from typing import Any

from loko_extensions.model.components import Component

_COMMON = [
    {"name": "comment", "type": "area", "label": "Node comment"},
    {"name": "alias", "type": "text", "label": "Name"},
    {"name": "debug", "type": "boolean", "label": "Debug to Console"},
]
_FOLDER = {"name": "items", "path": "data/lookalike/items", "isDir": True}
_SALES = {"name": "sales.csv", "path": "data/lookalike/sales.csv", "isDir": False}
_QUERY = {"name": "query.jpg", "path": "data/lookalike/query.jpg", "isDir": False}
_SHOP = "shop"
_WIDTH, _HEIGHT = 320, 160
Data = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A block in one of the flow's rows, with the values of its form."""

    block: str
    alias: str
    values: Data
    port: str = "output"
    """The name of the connected output and, except in the first step of a row, input."""


ROWS = (
    (
        Step("Trigger", "1 Create and fill", {"type": "String", "value": "start"}),
        Step("Collections", "Create", {"collection_name": _SHOP}, "create"),
        Step("Collections", "Add", {"collection_add": _SHOP, "folder": _FOLDER}, "add"),
    ),
    (
        Step("File Reader", "2 Sales", {"value": _SALES, "read_content": False}),
        Step("Recommender", "Fit", {"collection_fit": _SHOP}, "fit"),
        Step("Recommender", "Users", {"collection_users": _SHOP}, "users"),
        Step("Recommender", "Recommend", {"collection_recommend": _SHOP, "limit": 5}, "recommend"),
    ),
    (
        Step("File Reader", "3 An image", {"value": _QUERY, "read_content": False}),
        Step("Images Search", "Search", {"collection": _SHOP}, "search"),
    ),
)
_BUILT_IN: dict[str, Data] = {
    "Trigger": {
        "group": "Common",
        "click": "Send message",
        "icon": "RiPlayFill",
        "inputs": [],
        "args": [
            {"name": "type", "type": "select", "label": "Type", "options": ["String", "Object"]},
            {
                "name": "value",
                "type": "dynamic",
                "label": "Value",
                "dynamicType": {"String": "area", "Object": "code"},
                "parent": "type",
            },
        ],
    },
    "File Reader": {
        "group": "Inputs",
        "click": "Send file",
        "icon": "RiFileList3Fill",
        "inputs": [{"id": "input", "label": "input"}],
        "args": [
            {"name": "value", "type": "files", "label": "File", "fragment": "files"},
            {"name": "read_content", "type": "boolean", "label": "Read content"},
        ],
    },
}


def build_project(name: str, blocks: list[Component], created_on: str) -> Data:
    """Build the content of `loko.project`; `created_on` is a time in Loko's format."""
    definitions = {block.name: block.to_dict() for block in blocks}
    nodes, edges = [], []
    for number, row in enumerate(ROWS):
        for column, step in enumerate(row):
            position = (column * _WIDTH, number * _HEIGHT)
            nodes.append(_node(step, _id(number, column), position, definitions))
        edges += [_edge(row, number, column) for column in range(1, len(row))]
    graph = {"nodes": nodes, "edges": edges, "__class__": "Graph"}
    return {
        "name": name,
        "id": name,
        "description": "From a folder of images and a sales CSV to recommendations",
        "created_on": created_on,
        "last_modify": created_on,
        "graphs": {"main": graph},
        "open": ["main"],
        "active": "main",
        "version": "1.0.0",
        "__class__": "Project",
    }


def _id(row: int, column: int) -> str:
    return f"lookalike-{row + 1}-{column + 1}"


def _node(step: Step, id: str, xy: tuple[int, int], definitions: dict[str, Data]) -> Data:
    position = {"x": xy[0], "y": xy[1]}
    return {
        "id": id,
        "position": position,
        "positionAbsolute": position,
        "type": "custom", "dragHandle": "#nodeHandle",
        "sourcePosition": "right", "targetPosition": "left",
        "width": 150, "height": 56,
        "selected": False, "dragging": False, "selectable": True, "draggable": True,
        "data": _data(step, definitions),
        "__class__": "Node",
    }  # fmt: skip


def _data(step: Step, definitions: dict[str, Data]) -> Data:
    built_in = _BUILT_IN.get(step.block)
    block = built_in or definitions[step.block]
    options = block if built_in else {**block, **block["options"]}
    values = {"comment": "", "alias": step.alias, "debug": True}
    return {
        "name": step.block,
        "events": block.get("events"),
        "description": block.get("description", ""),
        "inputs": block["inputs"],
        "outputs": block.get("outputs", [{"id": "output", "label": "output"}]),
        "configured": True,
        "options": {
            "group": options["group"],
            "args": [*_COMMON, *options["args"]],
            "click": options["click"],
            "icon": options["icon"],
            "values": values | options.get("values", {}) | step.values,
        },
        "locked": None,
    }


def _edge(row: tuple[Step, ...], number: int, column: int) -> Data:
    source, target = row[column - 1], row[column]
    ends = _id(number, column - 1), _id(number, column)
    return {
        "id": f"reactflow__edge-{ends[0]}{source.port}-{ends[1]}{target.port}",
        "source": ends[0],
        "sourceHandle": source.port,
        "target": ends[1],
        "targetHandle": target.port,
        "data": {"startColor": "#D770AD", "stopColor": "#888"},
        "selected": False,
        "dragging": False,
        "__class__": "Edge",
    }
