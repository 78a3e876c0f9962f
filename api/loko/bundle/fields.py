"""The fields of the forms of blocks; `group` is the input that a field belongs to."""

from loko_extensions.model.components import Arg, AsyncSelect, Dynamic


def collection_field(base: str, name: str, group: str, *, required: bool = False) -> AsyncSelect:
    """Return a field for one input; inputs cannot share a field, since a form sends all fields."""
    url, helper = f"{base}/loko/names/collections", "Empty while the extension is not running"
    return AsyncSelect(name, url, "Collection", helper=helper, group=group, required=required)


def encoder_field(base: str, name: str, group: str) -> AsyncSelect:
    """Return a field for an encoder."""
    helper = "Empty: the default" if name == "encoder" else "Empty: unchanged"
    return AsyncSelect(name, f"{base}/loko/names/encoders", "Encoder", helper=helper, group=group)


def filter_field(name: str, group: str) -> Arg:
    """Return a field for a filter by attributes."""
    return json_field(name, "Filter by attributes", group, '{"price": {"lt": 50}}')


def choice_fields(group: str) -> list[Arg]:
    """Return the fields that choose among the items of an answer."""
    return [
        *visibility_fields("", group),
        Arg(
            "group",
            "boolean",
            "One item of each group",
            group=group,
            value=True,
            helper="The others are its `variants`, if the collection has `group_by`",
        ),
        json_field("at_most", "At most", group, '{"kind": 3}: three items with the same value'),
        Arg("diversity", "number", "Diversity", group=group, helper="0 to 1"),
    ]


def visibility_fields(prefix: str, group: str) -> list[Arg]:
    """Return the fields that say which items an answer may show."""
    return [
        filter_field(f"{prefix}filter", group),
        Arg(f"{prefix}exclude", label="Leave out", group=group, helper="SKUs, like A-12, B-7"),
        Arg(
            f"{prefix}out_of_stock",
            "boolean",
            "Also items that are out of stock",
            group=group,
            helper="Searches by image always show them",
        ),
    ]


def json_field(name: str, label: str, group: str, example: str) -> Arg:
    """Return a field for a JSON object."""
    return Arg(name, "code", label, group=group, helper=f"JSON, like {example}")


def dry_run_field(name: str, group: str) -> Arg:
    """Return a field that chooses whether items are only counted."""
    helper = "If on, the output is the number of items, and none of them changes"
    return Arg(name, "boolean", "Only count the items", group=group, helper=helper)


def wait_fields(name: str, group: str) -> list[Arg]:
    """Return the fields that choose whether, and for how long, a block waits for its job."""
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


def job_field() -> Arg:
    """Return a field for the ID of a job."""
    return Arg("job", label="Job", group="Job status", helper="If empty, taken from the message")
