"""Usual names of attributes, found as shops spell them."""

from core.serving.usual_attributes import TITLES, usual_attribute


def test_a_usual_name_is_found_in_any_case_and_returned_as_written():
    assert usual_attribute(TITLES, ["Farbe", "Bezeichnung"]) == "Bezeichnung"


def test_the_earlier_of_two_usual_names_counts():
    assert usual_attribute(TITLES, ["Titel", "NAME"]) == "NAME"


def test_without_a_usual_name_there_is_none():
    assert usual_attribute(TITLES, ["names", "price"]) is None
