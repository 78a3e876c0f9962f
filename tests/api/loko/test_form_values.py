import math

import pytest

from api.loko.form_values import CHOOSE, Form
from core.errors import InvalidInput


def test_a_cleared_field_is_as_if_not_there():
    form = Form({"limit": "", "name": "  ", "other": None})
    assert (form.text("limit"), form.given(limit="limit", name="name")) == ("", {})


def test_numbers_and_their_texts_are_the_same():
    assert Form({"a": 25}).text("a") == Form({"a": " 25 "}).text("a") == "25"


@pytest.mark.parametrize("value", [True, "true", "", 1, "yes"])
def test_a_box_is_ticked_unless_it_says_otherwise(value):
    assert Form({"add_wait": value}).is_on("add_wait")
    assert Form({}).is_on("add_wait")


@pytest.mark.parametrize("value", [False, "false", "False", 0, "0"])
def test_a_box_may_be_cleared(value):
    assert not Form({"add_wait": value}).is_on("add_wait")


def test_a_time_that_is_left_out_has_no_end():
    form = Form({"a": "2.5", "b": "", "c": "-3"})
    assert [form.seconds(name) for name in "abc"] == [2.5, math.inf, 0]


@pytest.mark.parametrize("value", ["soon", "nan", "1,5"])
def test_a_time_that_is_no_number_is_refused(value):
    with pytest.raises(InvalidInput, match="not a number of seconds"):
        Form({"wait": value}).seconds("wait")


def test_a_folder_is_its_path():
    assert Form({"folder": {"name": "a", "path": "data/a", "isDir": True}}).text("folder") == (
        "data/a"
    )


def test_headers_of_the_flows_caller_are_never_kept():
    form = Form({"headers": {"path": "secret", "authorization": "secret"}})
    assert "secret" not in str(vars(form))


def test_a_collection_has_to_be_chosen_and_to_be_a_name():
    with pytest.raises(InvalidInput, match=CHOOSE):
        Form({"c": ""}).collection("c")
    with pytest.raises(InvalidInput, match="OVERRIDE"):
        Form({"c": "OVERRIDE"}).collection("c")
    assert Form({"c": "shoes"}).collection("c") == "/v1/collections/shoes"
