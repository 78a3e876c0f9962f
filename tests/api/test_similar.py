from api.routes.similar import _suffices
from core.cache import SimilarItem, SimilarItems


def listed(*scores, is_complete=False):
    matches = (SimilarItem(f"s{n}", "main", score, b"{}") for n, score in enumerate(scores))
    return SimilarItems(tuple(matches), is_complete)


def test_a_list_answers_if_it_has_as_many_matches_as_requested():
    assert _suffices(listed(0.9, 0.8), limit=2, min_score=0)
    assert not _suffices(listed(0.9), limit=2, min_score=0)  # others were deleted
    assert not _suffices(listed(), limit=2, min_score=0)


def test_a_short_list_answers_if_it_contains_all_other_items():
    assert _suffices(listed(0.9, is_complete=True), limit=2, min_score=0)
    assert _suffices(listed(is_complete=True), limit=2, min_score=0)


def test_a_short_list_answers_if_its_last_match_scores_too_little():
    assert _suffices(listed(0.9, 0.4), limit=9, min_score=0.5)
    assert not _suffices(listed(0.9, 0.5), limit=9, min_score=0.5)
