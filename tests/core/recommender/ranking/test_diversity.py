import numpy as np

from core.recommender.ranking.diversity import diverse
from tests.support.synthetic_shops import noise


def test_no_diversity_keeps_the_order():
    scores = np.array([5, 4, 3, 2], np.float32)
    vectors = noise(list("abcd")).vectors
    assert diverse(np.arange(4), scores, vectors, 0.0, 3).tolist() == [0, 1, 2]


def test_of_two_that_look_the_same_the_second_waits():
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    scores = np.array([1.0, 0.9, 0.5], np.float32)
    assert diverse(np.arange(3), scores, vectors, 0.5, 3).tolist() == [0, 2, 1]


def test_places_are_those_of_a_greedy_loop():
    rng = np.random.default_rng(1)
    vectors = noise([str(n) for n in range(30)]).vectors
    items = rng.permutation(30)[:12]
    scores = np.sort(rng.random(12))[::-1].astype(np.float32)
    good = (scores - scores.min()) / (scores.max() - scores.min())
    chosen: list[int] = []
    while len(chosen) < 6:
        worth = {
            place: 0.6 * good[place]
            - 0.4 * max([0, *(float(vectors[items[place]] @ vectors[items[c]]) for c in chosen)])
            for place in range(12)
            if place not in chosen
        }
        chosen.append(max(worth, key=worth.__getitem__))
    assert diverse(items, scores, vectors, 0.4, 6).tolist() == chosen


def test_what_is_not_to_be_shown_is_left_out():
    scores = np.array([3, 2, -np.inf, -np.inf], np.float32)
    vectors = noise(list("abcd")).vectors
    assert diverse(np.arange(4), scores, vectors, 0.2, 4).tolist() == [0, 1]
    assert diverse(np.arange(2), scores[2:], vectors, 0.2, 2).tolist() == []
