"""Examples show good and bad lists alike, and name nobody."""

import numpy as np
from scipy import sparse

from core.recommender.evaluation.examples import choose_examples, describe_choice
from core.recommender.evaluation.holdout import HoldoutSet, RankedLists, find_hits
from core.recommender.ranking.eligibility import Eligibility

ITEMS = 30
SKUS = [f"S{number}" for number in range(ITEMS)]


def examples_of(bought, allowed=ITEMS):
    """Everybody's list is S0, S1, ...; `bought` has the numbers of each user's next purchases."""
    relevant = np.zeros((len(bought), ITEMS), np.float32)
    for row, items in zip(relevant, bought, strict=True):
        row[list(items)] = 1
    returning = HoldoutSet(np.arange(len(bought)), sparse.csr_matrix(relevant))
    items = np.tile(np.arange(20), (len(bought), 1))
    lists = RankedLists(items, find_hits(items, returning.relevant), returning.counts)
    nothing = sparse.csr_matrix(relevant.shape, dtype=np.float32)
    eligibility = Eligibility(np.arange(ITEMS) < allowed, nothing)
    return choose_examples(lists, returning, eligibility, SKUS)


def test_examples_are_at_even_distances_from_the_best_to_the_worst():
    examples = examples_of([[9 - number] for number in range(9)])
    assert [(row.place, row.bought) for row in examples] == [
        (1, ["S1"]), (3, ["S3"]), (5, ["S5"]), (7, ["S7"]), (9, ["S9"]),
    ]  # fmt: skip
    assert [row.label for row in examples][::2] == [
        "the best list", "the list in the middle", "the worst list",
    ]  # fmt: skip
    assert "These 5 of 9 customers were chosen" in describe_choice(examples, 9)


def test_few_customers_are_all_shown_and_only_once():
    assert [row.label for row in examples_of([[3]])] == ["the best list"]
    examples = examples_of([[3], [25], [1]])
    assert [row.bought for row in examples] == [["S1"], ["S3"], ["S25"]]
    assert describe_choice(examples, 3).startswith("These are all customers")


def test_ten_items_are_shown_and_found_purchases_come_first():
    [example] = examples_of([[7, 2, *range(11, 26)]])
    assert example.recommended == SKUS[:10]
    assert example.bought[:2] == ["S2", "S7"]
    assert (len(example.bought), example.bought_count) == (10, 17)


def test_items_that_fill_a_list_without_being_eligible_are_not_shown():
    assert examples_of([[2]], allowed=4)[0].recommended == SKUS[:4]


def test_equally_good_lists_are_chosen_by_chance_and_always_the_same():
    everybody = [[20 + number % 10] for number in range(200)]
    bought = [row.bought for row in examples_of(everybody)]
    assert len({sku for skus in bought for sku in skus}) > 1
    assert [row.bought for row in examples_of(everybody)] == bought
