"""The definitions of the four blocks, built with Loko's own package."""

from loko_extensions.model.components import (
    Arg,
    AsyncSelect,
    Component,
    Dynamic,
    Events,
    Input,
    Output,
    Select,
)

from api.loko.blocks.images_search import ONE_MESSAGE_PER_RESULT
from api.loko.blocks.items import AS_IN_MESSAGE
from api.loko.gateway import EVENTS
from core.domain import Availability

GROUP = "Lookalike"
_JOB = ("job", "Job status", "loko/jobs/status")


def build_blocks(base: str) -> list[Component]:
    """Build the blocks. `base` is the extension's URL at the gateway, as seen from a browser."""
    return [_collections(base), _items(base), _images_search(base), _recommender(base)]


def _collections(base: str) -> Component:
    return _block(
        "Collections",
        "RiStackFill",
        "Creates, fills and deletes collections of items with images. Link a *File Reader* (an "
        "image or a zip) to **Add images**, or choose a folder there.",
        [
            *_inputs("collections", "create", "list", "info", "update", "delete"),
            ("add", "Add images", "loko/collections/add"),
            _JOB,
        ],
        [
            Arg("collection_name", label="Name", group="Create", helper="a-z, 0-9, _ and -"),
            _encoder(base, "encoder", "Create"),
            Arg("collection_description", "area", "Description", group="Create"),
            _collection(base, "collection_info", "Info"),
            _collection(base, "collection_update", "Update"),
            Arg("new_description", "area", "New description", group="Update"),
            _encoder(base, "new_encoder", "Update"),
            _collection(base, "collection_delete", "Delete"),
            _collection(base, "collection_add", "Add images"),
            Arg(
                "folder",
                "directories",
                "Folder",
                group="Add images",
                helper="Imported if the message is not a file",
            ),
            *_wait_fields("add", "Add images"),
            _job(),
        ],
        Events(EVENTS, "collection_add"),
    )


def _items(base: str) -> Component:
    return _block(
        "Items",
        "RiPriceTag3Fill",
        "Changes or deletes all items that match a filter, and changes the types of attributes; "
        "any message starts it, and the form says what to do. Send a *File Reader*'s CSV, or rows "
        "with `sku` and `availability`, to **Availability**.",
        [
            ("change_items", "Change items", "loko/items/change_items"),
            ("delete_items", "Delete items", "loko/items/delete_items"),
            ("set_availability", "Availability", "loko/items/set_availability"),
            ("change_types", "Attribute types", "loko/items/change_types"),
            _JOB,
        ],
        [
            _collection(base, "collection_change", "Change items"),
            _filter("change_filter", "Change items"),
            _json("attributes", "Attributes", "Change items", '{"sale": true}; null removes one'),
            _dry_run("change_dry_run", "Change items"),
            _collection(base, "collection_delete", "Delete items"),
            _filter("delete_filter", "Delete items"),
            _dry_run("delete_dry_run", "Delete items"),
            _collection(base, "collection_availability", "Availability"),
            Select(
                "availability",
                [AS_IN_MESSAGE, *map(str, Availability)],
                "Availability",
                group="Availability",
                value=AS_IN_MESSAGE,
            ),
            _collection(base, "collection_types", "Attribute types"),
            _json("types", "Types", "Attribute types", '{"size": "text"}'),
            _job(),
        ],
    )


def _images_search(base: str) -> Component:
    return _block(
        "Images Search",
        "RiImageLine",
        "Finds the items that look like an image, or like an item of the collection. Link a "
        "*File Reader*, or send a message that is a SKU or has the field `sku`. With a text, it "
        "finds the items that fit the text, and the image if there is one.",
        _inputs("images", "search"),
        [
            _collection(base, "collection", "", required=True),
            Arg("text", label="Text", helper="such as: red t-shirt; empty: no text"),
            Arg("limit", "number", "Results", value=10),
            Arg("min_score", "number", "Minimum score", group="Advanced", helper="0 to 1"),
            Arg(
                "colour",
                "number",
                "Weight of colour",
                group="Advanced",
                helper="0 compares shapes, 1 colours; empty: mostly shapes",
            ),
            *_choice_fields("Advanced"),
            Select(
                "emit",
                ["one message", ONE_MESSAGE_PER_RESULT],
                "Output",
                group="Advanced",
                value="one message",
            ),
        ],
    )


def _recommender(base: str) -> Component:
    return _block(
        "Recommender",
        "RiShoppingBag3Fill",
        "Learns from sales what to recommend to every customer. Link a *File Reader* (a CSV with "
        "md5email, sku, order_id, zip, country, created_at) to **Fit**; send a user, a list of "
        "users, or the output of **Users**, to **Recommend**, and a list of SKUs to **Basket**.",
        [
            *_inputs("recommender", "fit", "users", "recommend", "basket", "report"),
            ("delete_sales", "Delete sales", "loko/recommender/delete_sales"),
            _JOB,
        ],
        [
            _collection(base, "collection_fit", "Fit"),
            *_wait_fields("fit", "Fit"),
            _collection(base, "collection_users", "Users"),
            Arg("users_prefix", label="Names begin with", group="Users"),
            Arg("users_limit", "number", "Users", group="Users", value=50, helper="1 to 200"),
            _collection(base, "collection_recommend", "Recommend"),
            Arg("user", label="User", group="Recommend", helper="If empty, taken from the message"),
            Arg("limit", "number", "Recommendations", group="Recommend", value=10),
            Arg("country", label="Country", group="Recommend", helper="For new customers"),
            Arg("zip", label="Zip", group="Recommend", helper="For new customers"),
            *_choice_fields("Recommend"),
            _collection(base, "collection_basket", "Basket"),
            Arg("basket_limit", "number", "Recommendations", group="Basket", value=10),
            *_visibility_fields("basket_", "Basket"),
            _collection(base, "collection_report", "Report"),
            _collection(base, "collection_delete_sales", "Delete sales"),
            _job(),
        ],
        Events(EVENTS, "collection_fit"),
    )


def _block(
    name: str,
    icon: str,
    description: str,
    inputs: list[tuple[str, str, str]],
    args: list[Arg],
    events: Events | None = None,
) -> Component:
    return Component(
        name=name,
        description=f"### Description\n{description}",
        group=GROUP,
        icon=icon,
        configured=False,
        inputs=[Input(id, label, route, to=id) for id, label, route in inputs],
        outputs=[Output(id, label) for id, label, _ in inputs],
        args=args,
        events=events,
    )


def _inputs(prefix: str, *ids: str) -> list[tuple[str, str, str]]:
    """Return inputs as (id, label, route); the output and the route have the name of the input."""
    return [(id, id.capitalize(), f"loko/{prefix}/{id}") for id in ids]


def _collection(base: str, name: str, group: str, *, required: bool = False) -> AsyncSelect:
    """Return a field for one input; inputs cannot share a field, since a form sends all fields."""
    url, helper = f"{base}/loko/names/collections", "Empty while the extension is not running"
    return AsyncSelect(name, url, "Collection", helper=helper, group=group, required=required)


def _encoder(base: str, name: str, group: str) -> AsyncSelect:
    helper = "Empty: the default" if name == "encoder" else "Empty: unchanged"
    return AsyncSelect(name, f"{base}/loko/names/encoders", "Encoder", helper=helper, group=group)


def _filter(name: str, group: str) -> Arg:
    return _json(name, "Filter by attributes", group, '{"price": {"lt": 50}}')


def _choice_fields(group: str) -> list[Arg]:
    """Return the fields that choose among the items of an answer."""
    return [
        *_visibility_fields("", group),
        Arg(
            "group",
            "boolean",
            "One item of each group",
            group=group,
            value=True,
            helper="The others are its `variants`, if the collection has `group_by`",
        ),
        _json("at_most", "At most", group, '{"kind": 3}: three items with the same value'),
        Arg("diversity", "number", "Diversity", group=group, helper="0 to 1"),
    ]


def _visibility_fields(prefix: str, group: str) -> list[Arg]:
    return [
        _filter(f"{prefix}filter", group),
        Arg(f"{prefix}exclude", label="Leave out", group=group, helper="SKUs, like A-12, B-7"),
        Arg(
            f"{prefix}out_of_stock",
            "boolean",
            "Also items that are out of stock",
            group=group,
            helper="Searches by image always show them",
        ),
    ]


def _json(name: str, label: str, group: str, example: str) -> Arg:
    return Arg(name, "code", label, group=group, helper=f"JSON, like {example}")


def _dry_run(name: str, group: str) -> Arg:
    helper = "If on, the output is the number of items, and none of them changes"
    return Arg(name, "boolean", "Only count the items", group=group, helper=helper)


def _wait_fields(name: str, group: str) -> list[Arg]:
    return [
        Arg(
            f"{name}_wait",
            "boolean",
            "Wait for the job",
            helper="If off, the output is the ID of the job, at once",
            group=group,
            value=True,
        ),
        Dynamic(
            f"{name}_wait_seconds",
            f"{name}_wait",
            "{parent}===true",
            "Wait at most (s)",
            "number",
            helper="Then the output is the ID of the job; a flow gives up after 300 s",
            group=group,
            value=240,
        ),
    ]


def _job() -> Arg:
    return Arg("job", label="Job", group="Job status", helper="If empty, taken from the message")
