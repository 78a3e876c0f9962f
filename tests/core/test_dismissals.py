"""Which items are not duplicates of each other, and what the shop does not mind in an image."""

from datetime import UTC, datetime

import pytest

from core.dismissals import Dismissals, DistinctItems, dismiss_duplicates, dismiss_image

NOW = datetime(2026, 5, 1, tzinfo=UTC)
IMAGE = dismiss_image("A", "main", "0123", ["blurred"], NOW)


def distinct(*groups):
    return DistinctItems(Dismissals(entries=(IMAGE, *(dismiss_duplicates(g, NOW) for g in groups))))


@pytest.mark.parametrize(
    ("dismissed", "group", "duplicates"),
    [
        ([], "AB", "AB"),
        (["AB"], "AB", ""),
        (["AB"], "ABC", "ABC"),  # each may still be a duplicate of C
        (["ABC"], "AB", ""),
        (["ABC"], "ABCD", "ABCD"),
        (["AB", "AC"], "ABC", "BC"),
        (["AB", "AC", "BC"], "ABC", ""),
        (["AB", "CD"], "ABCD", "ABCD"),
        (["AB"], "A", ""),
    ],
)
def test_an_item_is_left_out_once_it_is_no_duplicate_of_any_other_of_its_group(
    dismissed, group, duplicates
):
    assert distinct(*dismissed).duplicates(group) == set(duplicates)


@pytest.mark.parametrize(
    ("group", "duplicates"),
    [("ABC", "AB"), ("AC", ""), ("BC", ""), ("AB", "AB"), ("ABCD", "ABCD")],
)
def test_an_item_that_is_no_duplicate_of_others_leaves_these_as_they_are(group, duplicates):
    dismissal = dismiss_duplicates("C", NOW, "AB")
    items = DistinctItems(Dismissals(entries=(dismissal,)))
    assert items.duplicates(group) == set(duplicates)


def test_the_order_of_the_items_does_not_matter():
    assert dismiss_duplicates("BAB", NOW) == dismiss_duplicates("AB", NOW)
    assert dismiss_duplicates("AB", NOW).id != dismiss_duplicates("AC", NOW).id
    assert dismiss_duplicates("C", NOW, "BA") == dismiss_duplicates("C", NOW, "AB")
    assert dismiss_duplicates("C", NOW, "AB").id != dismiss_duplicates("ABC", NOW).id
