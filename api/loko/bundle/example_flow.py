"""The example flow: from a folder of pictures and a CSV of sales to recommendations."""

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
    """A block in a row of the flow: which input is used, and what its form holds."""

    block: str
    alias: str
    values: Data
    input: str = "input"
    out: str = "output"


# each row is started by its first step
ROWS = (
    (
        Step("Trigger", "1 Make and fill", {"type": "String", "value": "start"}),
        Step("Collections", "Create", {"collection_name": _SHOP}, "create", "create"),
        Step("Collections", "Add", {"collection_add": _SHOP, "folder": _FOLDER}, "add", "add"),
    ),
    (
        Step("File Reader", "2 Sales", {"value": _SALES, "read_content": False}),
        Step("Recommender", "Fit", {"collection_fit": _SHOP}, "fit", "fit"),
        Step("Recommender", "Users", {"collection_users": _SHOP}, "users", "users"),
        Step(
            "Recommender",
            "Recommend",
            {"collection_recommend": _SHOP, "limit": 5},
            "recommend",
            "recommend",
        ),
    ),
    (
        Step("File Reader", "3 A picture", {"value": _QUERY, "read_content": False}),
        Step("Images Search", "Search", {"collection": _SHOP}, "search", "search"),
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


def project_of(name: str, blocks: list[Component], at: str) -> Data:
    """What `loko.project` holds. `at`: when, as Loko writes it."""
    known = {block.name: block.to_dict() for block in blocks}
    nodes, edges = [], []
    for number, row in enumerate(ROWS):
        for place, step in enumerate(row):
            nodes.append(_node(step, _id(number, place), (place * _WIDTH, number * _HEIGHT), known))
        edges += [_edge(row, number, place) for place in range(1, len(row))]
    graph = {"nodes": nodes, "edges": edges, "__class__": "Graph"}
    return {
        "name": name,
        "id": name,
        "description": "From a folder of pictures and a CSV of sales to recommendations",
        "created_on": at,
        "last_modify": at,
        "graphs": {"main": graph},
        "open": ["main"],
        "active": "main",
        "version": "1.0.0",
        "__class__": "Project",
    }


def _id(row: int, place: int) -> str:
    return f"lookalike-{row + 1}-{place + 1}"


def _node(step: Step, id: str, at: tuple[int, int], known: dict[str, Data]) -> Data:
    position = {"x": at[0], "y": at[1]}
    return {
        "id": id,
        "position": position,
        "positionAbsolute": position,
        "type": "custom",
        "dragHandle": "#nodeHandle",
        "sourcePosition": "right",
        "targetPosition": "left",
        "width": 150,
        "height": 56,
        "selected": False,
        "dragging": False,
        "selectable": True,
        "draggable": True,
        "data": _data(step, known),
        "__class__": "Node",
    }


def _data(step: Step, known: dict[str, Data]) -> Data:
    built_in = _BUILT_IN.get(step.block)
    block = built_in or known[step.block]
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


def _edge(row: tuple[Step, ...], number: int, place: int) -> Data:
    source, target = row[place - 1], row[place]
    ends = _id(number, place - 1), _id(number, place)
    return {
        "id": f"reactflow__edge-{ends[0]}{source.out}-{ends[1]}{target.input}",
        "source": ends[0],
        "sourceHandle": source.out,
        "target": ends[1],
        "targetHandle": target.input,
        "data": {"startColor": "#D770AD", "stopColor": "#888"},
        "selected": False,
        "dragging": False,
        "__class__": "Edge",
    }
