"""Pages, groups and limits of searches, against brute force over all items."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cache.search_messages import PageEnd, SearchRequest
from core.domain import Match
from core.pipelines.search_selection import DIVERSIFIED, Nearest, SearchSelection, Source, after
from core.serving.cards import Card
from core.serving.select import Candidate, Selected

SCORES = st.integers(0, 20).map(lambda n: n / 20)
ITEMS = st.lists(
    st.tuples(SCORES, st.sampled_from(["s", "t", "u", None]), st.sampled_from(["dress", "coat"])),
    max_size=40,
)


class Shop:
    """Items with scores and attributes, and how many matches the searches fetched."""

    def __init__(self, items):
        rows = [(f"{n:04}", *item) for n, item in enumerate(items)]
        self.ranked = sorted(rows, key=lambda row: (-row[1], row[0]))
        self.cards = {sku: Card({"style": style, "kind": kind}) for sku, _, style, kind in rows}
        self.fetched = []

    def nearest(self, limit):
        self.fetched.append(limit)
        matches = [Match(sku, "main", score) for sku, score, _, _ in self.ranked]
        return Nearest(matches[:limit], are_all=len(matches) < limit)

    def vectors(self, keys):
        angles = {sku: score for sku, score, _, _ in self.ranked}
        return {key: np.array([np.cos(angles[key[0]]), np.sin(angles[key[0]])]) for key in keys}

    def page(self, **options):
        source = Source(self.nearest, lambda skus: self.cards, self.vectors)
        request = SearchRequest(collection="shop", **options)
        return SearchSelection(request, "style", source).page()

    def pages(self, limit, **options):
        """The SKUs of all pages."""
        skus, page = [], self.page(limit=limit, **options)
        while True:
            skus += [match.sku for match in page.matches]
            if not page.has_more:
                return skus
            end = PageEnd(count=len(skus), sku=skus[-1])
            page = self.page(limit=limit, after=end, **options)


def by_brute_force(shop, *, group=True, at_most=None, sku=None):
    own = shop.cards[sku].attributes["style"] if sku else None
    styles, kinds, expected = {own} - {None}, Counter(), []
    for other, _, style, kind in shop.ranked:
        is_variant = group and style in styles
        if other != sku and not is_variant:
            styles |= {style} - {None}
            kinds[kind] += 1
            if kinds[kind] <= (at_most or {}).get("kind", 1000):
                expected.append(other)
    return expected


@given(ITEMS, st.booleans(), st.sampled_from([{}, {"kind": 1}, {"kind": 3}]), st.integers(1, 7))
def test_pages_together_are_the_best_of_each_group_within_the_limits(items, group, at_most, limit):
    shop = Shop(items)
    expected = by_brute_force(shop, group=group, at_most=at_most)
    assert shop.pages(limit, group=group, at_most=at_most) == expected


@given(ITEMS.filter(len), st.booleans(), st.integers(1, 7))
def test_the_item_itself_and_its_variants_are_left_out(items, group, limit):
    shop = Shop(items)
    expected = by_brute_force(shop, group=group, sku="0000")
    assert shop.pages(limit, group=group, sku="0000") == expected


@settings(max_examples=50)
@given(ITEMS, st.sampled_from([0.3, 1]), st.integers(1, 7))
def test_pages_with_diversity_are_those_of_one_long_answer(items, diversity, limit):
    shop = Shop(items)
    options = {"diversity": diversity, "at_most": {"kind": 8}}
    assert shop.pages(limit, **options) == shop.pages(200, **options)


def test_a_search_fetches_more_until_a_group_of_hundreds_does_not_hide_the_others():
    shop = Shop([(0.9, "s", "dress")] * 700 + [(0.5, f"t{n}", "coat") for n in range(30)])
    page = shop.page(limit=3)
    assert [match.sku for match in page.matches] == ["0000", "0700", "0701"]
    assert len(page.matches[0].variants) == 699
    assert shop.fetched == [14, 56, 224, 896]


def test_a_search_without_groups_fetches_once():
    shop = Shop([(0.9, "s", "dress")] * 700)
    assert len(shop.page(limit=3, group=False).matches) == 3
    assert shop.fetched == [14]


@pytest.mark.parametrize(("diversity", "depth"), [(0, 1000), (0.5, DIVERSIFIED)])
def test_pages_end_at_the_limit_of_depth(diversity, depth):
    shop = Shop([(n / 2000, None, "dress") for n in range(1200)])
    assert len(set(shop.pages(200, diversity=diversity))) == depth


def test_diversity_prefers_other_looks():
    shop = Shop([(1, None, "a"), (0.99, None, "b"), (0.5, None, "c")])
    assert shop.pages(3, diversity=0) == ["0000", "0001", "0002"]
    assert shop.pages(3, diversity=0.9) == ["0000", "0002", "0001"]


@pytest.mark.parametrize(
    ("items", "expected"), [("abcdef", "def"), ("xabcdef", "def"), ("abdef", "def")]
)
def test_the_next_page_repeats_nothing_after_items_have_come_or_gone(items, expected):
    selected = [Selected(Candidate(sku, 1), Card()) for sku in items]
    rest = after(selected, PageEnd(count=3, sku="c"))
    assert "".join(item.sku for item in rest) == expected
