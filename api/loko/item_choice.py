"""The fields of a block's form that choose among the items of an answer."""

from typing import Any

from api.loko.form_values import FormValues

_FILTER_HINT = 'Enter conditions such as {"price": {"lt": 50}}'


def choice_query(form: FormValues) -> dict[str, str]:
    """Return the query parameters for similar items and for lists."""
    query = group_query(form)
    if excluded := form.names("exclude"):
        query["exclude"] = ",".join(excluded)
    if form.is_on("out_of_stock", default=False):
        query["include"] = "out_of_stock"
    return query


def group_query(form: FormValues) -> dict[str, str]:
    """Return the parameters that searches by image have, too."""
    query = form.renamed(filter="filter", at_most="at_most", diversity="diversity")
    return query if form.is_on("group") else query | {"group": "false"}


def basket_choice(form: FormValues) -> dict[str, Any]:
    """Return the members of the JSON body for recommendations for a basket."""
    body: dict[str, Any] = {}
    if form.text("basket_filter"):
        body["filter"] = form.json_object("basket_filter", _FILTER_HINT)
    if excluded := form.names("basket_exclude"):
        body["exclude"] = excluded
    if form.is_on("basket_out_of_stock", default=False):
        body["include"] = "out_of_stock"
    return body
