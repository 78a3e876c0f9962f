"""Choices by made-up folds, in which every user has one relevant item."""

from dataclasses import replace

import numpy as np
import pytest

from core.recommender.candidates import Variant
from core.recommender.choosing.blend_weights import normalize
from core.recommender.choosing.choice import choose
from core.recommender.choosing.chooser import share_out
from core.recommender.choosing.fold import Fold, drop_hopeless
from core.recommender.ranking.score_pool import ScorePool
from tests.support.recommenders import FixedScores

POPULAR, RECENT, EASE, VISUAL = (
    Variant(family, FixedScores, {"half_life": half_life})
    for family, half_life in (
        ("popularity", 30), ("popularity", 7), ("ease", 60), ("visual", None),
    )
)  # fmt: skip
USUAL = {"popularity": 1.0, "ease": 1.0}
ITEMS = 20


def fold(*first: tuple[Variant, list[bool]], weight: float = 1.0) -> Fold:
    """A fold in which a variant ranks each user's item first, or last, as `first` says."""
    users = len(first[0][1])
    relevant = np.zeros((users, ITEMS), bool)
    relevant[:, 0] = True
    values = {}
    for variant, hits in first:
        scores = np.tile(np.linspace(1, 0, ITEMS), (users, 1))
        scores[:, 0] = np.where(hits, 3, -3)
        values[str(variant)] = scores.astype(np.float32)
    pool = ScorePool(values, relevant, np.ones(users, np.int32))
    return Fold("made up", pool, {name: pool.ndcg(row) for name, row in values.items()}, weight)


def share(hits: int, users: int) -> list[bool]:
    return [user < hits for user in range(users)]


def test_without_folds_the_first_variants_and_the_usual_weights_are_chosen():
    choice = choose([], [POPULAR, RECENT, EASE, VISUAL], USUAL)
    assert choice.variants == {"popularity": POPULAR, "ease": EASE, "visual": VISUAL}
    assert choice.weights.algorithms == {"popularity": 0.5, "ease": 0.5}
    assert (choice.validated, choice.folds) == ([], [])


@pytest.mark.parametrize(("better_for", "chosen"), [(52, POPULAR), (80, RECENT)])
def test_another_variant_has_to_be_better_by_more_than_chance(better_for, chosen):
    better = share(better_for, 100)
    folds = [fold((POPULAR, [not hit for hit in better]), (RECENT, better))]
    assert choose(folds, [POPULAR, RECENT], USUAL).variants == {"popularity": chosen}


def test_a_fold_counts_by_its_weight():
    contrary = fold((POPULAR, share(100, 100)), (RECENT, share(0, 100)))
    folds = [fold((POPULAR, share(10, 100)), (RECENT, share(60, 100)))]
    variants = [POPULAR, RECENT]
    light, equal = (
        choose([*folds, replace(contrary, user_weight=weight)], variants, USUAL)
        for weight in (0.1, 1)
    )
    assert light.variants == {"popularity": RECENT}
    assert equal.variants == {"popularity": POPULAR}
    assert [row.ndcg_at_10 for row in equal.validated] == [0.55, 0.3]


def test_families_are_sorted_by_what_they_find():
    folds = [fold((POPULAR, share(10, 100)), (EASE, share(60, 100)))]
    assert list(choose(folds, [POPULAR, EASE], USUAL).variants) == ["ease", "popularity"]


@pytest.mark.parametrize(("hits", "used"), [(90, True), (10, False)])
def test_images_are_used_if_they_improve_the_blend(hits, used):
    folds = [fold((EASE, share(10, 100)), (VISUAL, share(hits, 100)))]
    choice = choose(folds, [EASE, VISUAL], {"ease": 1.0})
    assert ("visual" in choice.weights.algorithms) is used
    assert choice.weights_without_images.algorithms == {"ease": 1.0}


def test_variants_that_are_clearly_worse_than_their_family_are_not_tried_again():
    variants = [POPULAR, RECENT, EASE]
    clear = fold((POPULAR, share(90, 100)), (RECENT, share(10, 100)), (EASE, share(0, 100)))
    unclear = fold((POPULAR, share(11, 100)), (RECENT, share(10, 100)), (EASE, share(0, 100)))
    assert drop_hopeless(variants, [unclear]) == variants
    assert drop_hopeless(variants, [clear]) == [POPULAR, EASE]
    dropped = fold((POPULAR, share(9, 10)), (EASE, share(0, 10)))
    assert drop_hopeless(variants, [unclear, dropped]) == [POPULAR, EASE]
    assert drop_hopeless(variants, []) == variants


def test_weights_are_normalized_without_the_smallest():
    assert normalize({"a": 3.0, "b": 1.0, "c": 0.01, "d": 0.0}) == {"a": 0.75, "b": 0.25}


@pytest.mark.parametrize(
    ("several", "expected"),
    [(50, [50, 50]), (100, [100]), (0, [100]), (20, [20, 80]), (80, [80, 20])],
)
def test_customers_with_one_and_with_several_orders_count_alike_if_there_are_enough(
    several, expected
):
    whole = fold((EASE, share(50, 100)))
    parts = share_out(whole, np.arange(100) < several, 100)
    assert [part.users * part.user_weight for part in parts] == pytest.approx(expected)


def test_last_purchases_count_no_more_than_what_is_missing():
    parts = share_out(fold((EASE, share(50, 100))), np.arange(100) < 60, 10)
    assert [part.users * part.user_weight for part in parts] == pytest.approx([5, 5])


def test_the_blend_leans_towards_its_best_part_if_that_is_clearly_better():
    """Fitting alone stays near the usual weights, from which its objective hardly slopes."""
    folds = [fold((POPULAR, share(10, 100)), (EASE, share(90, 100)))]
    assert choose(folds, [POPULAR, EASE], {"popularity": 1.0}).weights.algorithms == {"ease": 1.0}


@pytest.mark.parametrize(
    ("users", "weights"),
    [(299, {"popularity": 0.5, "ease": 0.5}), (300, {"popularity": 0.75, "ease": 0.25})],
)
def test_the_blend_leans_halfway_to_its_best_part_if_many_users_show_that_this_costs_little(
    users, weights
):
    """Both parts rank alike, so the better one is the first."""
    folds = [fold((POPULAR, share(users, users)), (EASE, share(users, users)))]
    assert choose(folds, [POPULAR, EASE], USUAL).weights.algorithms == weights


def test_the_blend_does_not_lean_to_a_part_that_ranks_worse():
    """Each part finds what three in four users bought; only their sum finds it for everybody."""
    parts = [Variant(family, FixedScores, {}) for family in ("bm25", "cosine", "ease", "als")]
    missed = np.arange(400) % 4
    folds = [fold(*((part, (missed != number).tolist()) for number, part in enumerate(parts)))]
    weights = choose(folds, parts, {part.family: 1.0 for part in parts}).weights.algorithms
    assert weights == {"bm25": 0.25, "cosine": 0.25, "ease": 0.25, "als": 0.25}
