from hypothesis import given
from hypothesis import strategies as st

from core.filters.parse import to_term
from core.rules import Action, ActiveRule, ActiveRules
from core.serving.select import Candidate, Card, ServingOptions, select

SKUS = "abcdefghij"
STYLES = st.sampled_from(["s", "t", 1, 1.0, True, None, ["s"], {"s": 1}])
CARDS = st.fixed_dictionaries({}, optional={"style": STYLES}).map(Card)
SHOPS = st.fixed_dictionaries(dict.fromkeys(SKUS, CARDS))


def selected_skus(shop, skus=SKUS, limit=10, **options):
    candidates = [Candidate(sku, 1 - place / 100) for place, sku in enumerate(skus)]
    selected = select(candidates, shop.get, ServingOptions(limit, group_by="style", **options))
    return [(item.sku, "".join(item.variants)) for item in selected]


def same_group(first, other, shop):
    styles = [shop[sku].attributes.get("style") for sku in (first, other)]
    if any(style is None or isinstance(style, list | dict) for style in styles):
        return first == other
    return styles[0] == styles[1] and len({isinstance(style, bool) for style in styles}) == 1


@given(SHOPS, st.permutations(SKUS), st.integers(1, 10))
def test_groups_equal_a_comparison_of_all_pairs(shop, skus, limit):
    expected = []
    for place, sku in enumerate(skus):
        if not any(same_group(sku, earlier, shop) for earlier in skus[:place]):
            others = [other for other in skus[place + 1 :] if same_group(sku, other, shop)]
            expected.append((sku, "".join(others)))
    assert selected_skus(shop, skus, limit) == expected[:limit]


SHOP = {sku: Card({"style": style}) for sku, style in zip("abcde", "sstts", strict=True)}


def test_the_group_of_the_item_itself_is_left_out():
    own = to_term("s")
    assert own
    assert selected_skus(SHOP, "abcde", exclude_groups=frozenset([own])) == [("c", "d")]


def test_a_pinned_item_is_shown_for_its_group():
    rules = ActiveRules((ActiveRule("r", Action.PIN, position=1, skus=("d",)),))
    assert selected_skus(SHOP, "abcde", rules=rules) == [("d", "c"), ("a", "be")]


def test_a_pinned_item_that_is_no_candidate_is_shown_for_its_group():
    rules = ActiveRules((ActiveRule("r", Action.PIN, position=2, skus=("e",)),))
    candidates, pinned = [Candidate(sku, 1) for sku in "abcd"], [Candidate("e", 0)]
    options = ServingOptions(9, group_by="style", rules=rules)
    selected = select(candidates, SHOP.get, options, pinned)
    assert [(item.sku, item.variants) for item in selected] == [("c", ("d",)), ("e", ("a", "b"))]
