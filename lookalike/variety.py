"""How searches and lists vary what they show."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Grouping(TypedDict, total=False):
    """How many items of a kind are shown; by default, one item of each group."""

    group: bool
    """False: show all items of a group, if the collection has `group_by`."""
    at_most: Mapping[str, int]
    """By attribute, how many items with the same value are shown at most."""


class Variety(Grouping, total=False):
    """Options of searches and lists."""

    diversity: float
    """From 0 to 1: how much items that look like each other are spread."""


class Paging(Variety, total=False):
    """Options of searches that have pages."""

    colour: float
    """From 0 to 1: the weight of colour; 0 compares shapes only, 1 colours only."""
    min_rarity: int | None
    """At most one in so many random pairs of images is as alike as each match."""

    cursor: str
    """`next_cursor` of the previous page; all other parameters but `limit` stay the same."""


class SearchOptions(Paging, total=False):
    """Options of searches by image or text."""

    text: str | None
    """Colours, kinds of goods, or words that attributes contain. With an image, it says what
    should be different: "in blue". `understood` of the matches tells what it was taken for.
    """


class _Exclusion(TypedDict, total=False):
    exclude: Sequence[str]
    """SKUs to leave out, such as those in the basket."""


class _Selection(_Exclusion, total=False):
    include_out_of_stock: bool
    """Also show items that are out of stock."""


class Selection(_Selection, total=False):
    """Options of everything that is shown from the cache."""

    filter: Mapping[str, Any] | None
    """Conditions on attributes."""


class ListOptions(Variety, Selection, total=False):
    """Options of recommendation lists."""


class SelectionOptions(Grouping, Selection, total=False):
    """Options of new and of popular items."""


class SubstituteOptions(_Exclusion, total=False):
    """Options of substitutes."""

    filter: Mapping[str, Any] | None
    """Conditions on attributes."""


class SimilarOptions(Paging, _Selection, total=False):
    """Options of similar items."""


def to_params(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as query parameters or form fields."""
    given = {name: value for name, value in options.items() if value is not None}
    if "at_most" in given:
        given["at_most"] = json.dumps(dict(given["at_most"]))
    if given.pop("include_out_of_stock", False):
        given["include"] = "out_of_stock"
    if "exclude" in given:
        given["exclude"] = ",".join(given["exclude"])
    if "filter" in given:
        given["filter"] = json.dumps(dict(given["filter"]))
    if "group" in given:
        given["group"] = "true" if given["group"] else "false"
    return given
