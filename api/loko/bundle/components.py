"""The definitions of the four blocks, built with Loko's own package."""

from loko_extensions.model.components import (
    Arg,
    Component,
    Events,
    Input,
    Output,
    Select,
)

from api.loko.blocks.images_search import ONE_MESSAGE_PER_RESULT
from api.loko.blocks.items import AS_IN_MESSAGE
from api.loko.bundle.fields import (
    choice_fields,
    collection_field,
    dry_run_field,
    encoder_field,
    filter_field,
    job_field,
    json_field,
    visibility_fields,
    wait_fields,
)
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
            encoder_field(base, "encoder", "Create"),
            Arg("collection_description", "area", "Description", group="Create"),
            collection_field(base, "collection_info", "Info"),
            collection_field(base, "collection_update", "Update"),
            Arg("new_description", "area", "New description", group="Update"),
            encoder_field(base, "new_encoder", "Update"),
            collection_field(base, "collection_delete", "Delete"),
            collection_field(base, "collection_add", "Add images"),
            Arg(
                "folder",
                "directories",
                "Folder",
                group="Add images",
                helper="Imported if the message is not a file",
            ),
            *wait_fields("add", "Add images"),
            job_field(),
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
            collection_field(base, "collection_change", "Change items"),
            filter_field("change_filter", "Change items"),
            json_field(
                "attributes", "Attributes", "Change items", '{"sale": true}; null removes one'
            ),
            dry_run_field("change_dry_run", "Change items"),
            collection_field(base, "collection_delete", "Delete items"),
            filter_field("delete_filter", "Delete items"),
            dry_run_field("delete_dry_run", "Delete items"),
            collection_field(base, "collection_availability", "Availability"),
            Select(
                "availability",
                [AS_IN_MESSAGE, *map(str, Availability)],
                "Availability",
                group="Availability",
                value=AS_IN_MESSAGE,
            ),
            collection_field(base, "collection_types", "Attribute types"),
            json_field("types", "Types", "Attribute types", '{"size": "text"}'),
            job_field(),
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
            collection_field(base, "collection", "", required=True),
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
            *choice_fields("Advanced"),
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
            collection_field(base, "collection_fit", "Fit"),
            *wait_fields("fit", "Fit"),
            collection_field(base, "collection_users", "Users"),
            Arg("users_prefix", label="Names begin with", group="Users"),
            Arg("users_limit", "number", "Users", group="Users", value=50, helper="1 to 200"),
            collection_field(base, "collection_recommend", "Recommend"),
            Arg("user", label="User", group="Recommend", helper="If empty, taken from the message"),
            Arg("limit", "number", "Recommendations", group="Recommend", value=10),
            Arg("country", label="Country", group="Recommend", helper="For new customers"),
            Arg("zip", label="Zip", group="Recommend", helper="For new customers"),
            *choice_fields("Recommend"),
            collection_field(base, "collection_basket", "Basket"),
            Arg("basket_limit", "number", "Recommendations", group="Basket", value=10),
            *visibility_fields("basket_", "Basket"),
            collection_field(base, "collection_report", "Report"),
            collection_field(base, "collection_delete_sales", "Delete sales"),
            job_field(),
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
