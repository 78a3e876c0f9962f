"""The share of the catalogue that lists show."""

from core.pipelines.train.coverage import measure_coverage, unseen_keys
from core.storage.item import item_key


def test_only_items_that_still_exist_count_as_shown():
    keys = {item_key(f"S{number}") for number in range(2000)}
    coverage = measure_coverage({"S1", "S5", "deleted"}, keys)
    assert (coverage.items, coverage.items_in_lists) == (2000, 2)
    assert coverage.sentence == (
        "Less than 1 % of the shop's items (2 of 2,000) are in at least one customer's list; in "
        "nobody's list: 1,998."
    )


def test_only_the_whole_catalogue_counts_as_all_of_it():
    skus = {f"S{number}" for number in range(1000)}
    keys = {item_key(sku) for sku in skus}
    assert measure_coverage(skus, keys).sentence.startswith("Every item of the shop is in")
    assert measure_coverage(skus - {"S7"}, keys).sentence.startswith("99 % of")
    assert measure_coverage(set(), keys).sentence.startswith("0 % of")


def test_some_items_that_no_list_shows_are_named():
    keys = {item_key(f"S{number}") for number in range(30)}
    assert unseen_keys({"S1", "deleted"}, keys) == sorted(keys - {item_key("S1")})[:24]
    assert unseen_keys({f"S{number}" for number in range(29)}, keys) == [item_key("S29")]
