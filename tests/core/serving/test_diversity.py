from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.serving.diversity import Diversity
from core.serving.select import Candidate, Card, ServingOptions, select

SKUS = "abcdefgh"
KINDS = st.sampled_from(["dress", "coat", None])
SHOPS = st.fixed_dictionaries(dict.fromkeys(SKUS, st.fixed_dictionaries({"kind": KINDS}).map(Card)))
QUARTERS = st.integers(0, 4).map(lambda n: n / 4)  # exact in binary, so that ties are ties
SCORES = st.lists(QUARTERS, min_size=8, max_size=8).map(lambda row: sorted(row, reverse=True))
SIMILARITIES = st.fixed_dictionaries({first + other: QUARTERS for first in SKUS for other in SKUS})
LIMITS = st.fixed_dictionaries({}, optional={"kind": st.integers(1, 3)})


def selected_skus(shop, scores, **options):
    candidates = [Candidate(*pair) for pair in zip(SKUS, scores, strict=True)]
    options = ServingOptions(options.pop("limit", 8), **options)
    return [item.sku for item in select(candidates, shop.get, options)]


def is_full(sku, chosen, shop, at_most):
    kind = shop[sku].attributes["kind"]
    same = [other for other in chosen if shop[other].attributes["kind"] == kind]
    return kind is not None and len(same) >= at_most.get("kind", 8)


def by_brute_force(shop, scores, similarities, weight, at_most, limit):
    spread = scores[0] - scores[-1]
    relevance = {
        sku: (score - scores[-1]) / spread if spread else 1
        for sku, score in zip(SKUS, scores, strict=True)
    }
    chosen = []
    while len(chosen) < limit:
        values = {
            sku: (1 - weight) * relevance[sku]
            - weight * max((similarities[other + sku] for other in chosen), default=0)
            for sku in SKUS
            if sku not in chosen and not is_full(sku, chosen, shop, at_most)
        }
        if not values:
            break
        chosen.append(min(values, key=lambda sku: (-values[sku], sku)))
    return chosen


@given(SHOPS, SCORES, SIMILARITIES, QUARTERS, LIMITS, st.integers(1, 8))
def test_diversity_and_limits_equal_the_definition(shop, scores, similar, weight, at_most, limit):
    diversity = Diversity(weight, lambda sku: {other: similar[sku + other] for other in SKUS})
    expected = by_brute_force(shop, scores, similar, weight, at_most, limit)
    actual = selected_skus(shop, scores, at_most=at_most, diversity=diversity, limit=limit)
    assert actual == expected


@given(SHOPS, SCORES, LIMITS)
def test_a_limit_per_value_leaves_out_only_items_with_too_many_better_ones(shop, scores, at_most):
    counts, expected = Counter(), []
    for sku in SKUS:
        kind = shop[sku].attributes["kind"]
        counts[kind] += 1
        if kind is None or counts[kind] <= at_most.get("kind", 8):
            expected.append(sku)
    assert selected_skus(shop, scores, at_most=at_most) == expected


def test_unknown_similarities_count_as_0():
    diversity = Diversity(0.5, {"a": {"b": 1.0}, "c": {}, "d": {}}.get)
    assert selected_skus(dict.fromkeys("abcd", Card()), [8, 7, 6, 5, 0, 0, 0, 0],
                 diversity=diversity, limit=3) == ["a", "c", "d"]  # fmt: skip
