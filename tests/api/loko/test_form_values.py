import math

import pytest

from api.loko.form_values import NO_COLLECTION, FormValues
from core.errors import InvalidInput


def test_a_cleared_field_counts_as_missing():
    form = FormValues({"limit": "", "name": "  ", "other": None})
    assert (form.text("limit"), form.renamed(limit="limit", name="name")) == ("", {})


def test_numbers_and_their_texts_are_the_same():
    assert FormValues({"a": 25}).text("a") == FormValues({"a": " 25 "}).text("a") == "25"


@pytest.mark.parametrize("value", [True, "true", "", 1, "yes"])
def test_a_box_is_ticked_by_default(value):
    assert FormValues({"add_wait": value}).is_on("add_wait")
    assert FormValues({}).is_on("add_wait")
    assert not FormValues({"dry_run": ""}).is_on("dry_run", default=False)


@pytest.mark.parametrize("value", [False, "false", "False", 0, "0"])
def test_a_box_can_be_cleared(value):
    assert not FormValues({"add_wait": value}).is_on("add_wait")


def test_an_empty_duration_is_infinite_and_a_negative_one_is_zero():
    form = FormValues({"a": "2.5", "b": "", "c": "-3"})
    assert [form.seconds(name) for name in "abc"] == [2.5, math.inf, 0]


@pytest.mark.parametrize("value", ["soon", "nan", "1,5"])
def test_a_duration_that_is_not_a_number_is_rejected(value):
    with pytest.raises(InvalidInput, match="not a number of seconds"):
        FormValues({"wait": value}).seconds("wait")


def test_the_text_of_a_folder_is_its_path():
    folder = {"name": "a", "path": "data/a", "isDir": True}
    assert FormValues({"folder": folder}).text("folder") == "data/a"


def test_objects_and_lists_set_by_a_function_are_their_json():
    form = FormValues({"filter": {"price": {"lt": 50}}, "user": ["a", 1], "limit": {}})
    assert [form.text(name) for name in ("filter", "user", "limit")] == [
        '{"price": {"lt": 50}}', '["a", 1]', "{}",
    ]  # fmt: skip


def test_an_object_is_read_from_its_json_or_as_a_function_set_it():
    form = FormValues({"text": ' {"sale": null, "name": "è"} ', "object": {"sale": True}})
    assert form.json_object("text", "") == {"sale": None, "name": "è"}
    assert form.json_object("object", "") == {"sale": True}


@pytest.mark.parametrize("value", ["", "{sale", "[1]", [1], '"sale"', '{"a": NaN}', '{"a": 1e999}'])
def test_anything_but_a_json_object_is_rejected_with_what_to_do(value):
    with pytest.raises(InvalidInput, match="Enter the attributes"):
        FormValues({"attributes": value}).json_object("attributes", "Enter the attributes")


def test_headers_of_the_flows_caller_are_never_stored():
    form = FormValues({"headers": {"path": "secret", "authorization": "secret"}})
    assert "secret" not in str(vars(form))


def test_a_collection_must_be_chosen_and_have_a_valid_name():
    with pytest.raises(InvalidInput, match=NO_COLLECTION):
        FormValues({"c": ""}).collection_path("c")
    with pytest.raises(InvalidInput, match="OVERRIDE"):
        FormValues({"c": "OVERRIDE"}).collection_path("c")
    assert FormValues({"c": "shoes"}).collection_path("c") == "/v1/collections/shoes"
