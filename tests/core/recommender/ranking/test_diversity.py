import numpy as np

from core.recommender.ranking.diversity import diversify
from tests.support.synthetic_shops import noise_embeddings


def test_no_diversity_keeps_the_order():
    scores = np.array([5, 4, 3, 2], np.float32)
    vectors = noise_embeddings(list("abcd")).vectors
    assert diversify(np.arange(4), scores, vectors, 0.0, 3).tolist() == [0, 1, 2]


def test_the_second_of_two_lookalikes_comes_later():
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    scores = np.array([1.0, 0.9, 0.5], np.float32)
    assert diversify(np.arange(3), scores, vectors, 0.5, 3).tolist() == [0, 2, 1]


def test_positions_are_those_of_a_greedy_loop():
    rng = np.random.default_rng(1)
    vectors = noise_embeddings([str(n) for n in range(30)]).vectors
    items = rng.permutation(30)[:12]
    scores = np.sort(rng.random(12))[::-1].astype(np.float32)
    relevance = (scores - scores.min()) / (scores.max() - scores.min())
    chosen: list[int] = []
    while len(chosen) < 6:
        marginal = {
            position: 0.6 * relevance[position]
            - 0.4 * max([0, *(float(vectors[items[position]] @ vectors[items[c]]) for c in chosen)])
            for position in range(12)
            if position not in chosen
        }
        chosen.append(max(marginal, key=marginal.__getitem__))
    assert diversify(items, scores, vectors, 0.4, 6).tolist() == chosen


def test_items_without_score_are_left_out():
    scores = np.array([3, 2, -np.inf, -np.inf], np.float32)
    vectors = noise_embeddings(list("abcd")).vectors
    assert diversify(np.arange(4), scores, vectors, 0.2, 4).tolist() == [0, 1]
    assert diversify(np.arange(2), scores[2:], vectors, 0.2, 2).tolist() == []
