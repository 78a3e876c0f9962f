from api.routes.similar import _select, _suffices
from core.cache import SimilarItem, SimilarItems
from core.filters.parse import parse_filter
from core.serving.select import ServingOptions


def listed(*scores, is_complete=False):
    matches = (SimilarItem(f"s{n}", "main", score, b'{"n": %d}' % n) for n, score in
               enumerate(scores))  # fmt: skip
    return SimilarItems(tuple(matches), is_complete)


def suffices(items, limit, min_score=0, **options):
    wanted = ServingOptions(limit, **options)
    return _suffices(items, _select(items, wanted), wanted, min_score)


def test_a_list_answers_if_it_has_as_many_matches_as_requested():
    assert suffices(listed(0.9, 0.8), limit=2)
    assert not suffices(listed(0.9), limit=2)  # others were deleted
    assert not suffices(listed(), limit=2)


def test_a_short_list_answers_if_it_contains_all_other_items():
    assert suffices(listed(0.9, is_complete=True), limit=2)
    assert suffices(listed(is_complete=True), limit=2)


def test_a_short_list_answers_if_its_last_match_scores_too_little():
    assert suffices(listed(0.9, 0.4), limit=9, min_score=0.5)
    assert not suffices(listed(0.9, 0.5), limit=9, min_score=0.5)


def test_a_list_answers_a_filter_if_enough_of_its_items_match():
    last_two = parse_filter({"n": {"gte": 1}})
    assert suffices(listed(0.9, 0.8, 0.7), limit=2, filter=last_two)
    assert not suffices(listed(0.9, 0.8, 0.7), limit=3, filter=last_two)
    assert suffices(listed(0.9, 0.8, 0.7, is_complete=True), limit=3, filter=last_two)
    assert not suffices(listed(0.9, 0.8), limit=2, exclude=frozenset({"s0"}))


def test_a_search_explains_why_a_filter_matches_nothing():
    assert not suffices(listed(0.9, is_complete=True), 2, filter=parse_filter({"n": 7}))
