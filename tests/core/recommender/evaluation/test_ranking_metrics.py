import math

import numpy as np
import pytest

from core.recommender.evaluation import ranking_metrics

HITS = np.array([[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], bool)
RELEVANT = np.array([2, 5, 1])


def test_ndcg_is_as_computed_by_hand():
    ideal_of_two = 1 + 1 / math.log2(3)
    ideal_of_four = ideal_of_two + 1 / math.log2(4) + 1 / math.log2(5)
    expected = [(1 + 1 / math.log2(4)) / ideal_of_two, (1 / math.log2(5)) / ideal_of_four, 0]
    assert ranking_metrics.ndcg(HITS, RELEVANT, 4) == pytest.approx(expected)


def test_only_the_first_k_count():
    assert ranking_metrics.ndcg(HITS, RELEVANT, 1) == pytest.approx([1, 0, 0])
    assert ranking_metrics.recall(HITS, RELEVANT, 3) == pytest.approx([1, 0, 0])
    assert ranking_metrics.average_precision(HITS, RELEVANT, 3)[1] == 0


def test_recall_is_the_share_of_the_relevant_items():
    assert ranking_metrics.recall(HITS, RELEVANT, 4) == pytest.approx([1, 1 / 5, 0])


def test_average_precision_is_as_computed_by_hand():
    expected = [(1 / 1 + 2 / 3) / 2, (1 / 4) / 4, 0]
    assert ranking_metrics.average_precision(HITS, RELEVANT, 4) == pytest.approx(expected)


def test_lists_shorter_than_k_are_measured_as_they_are():
    short = np.array([[1, 1]], bool)
    assert ranking_metrics.ndcg(short, np.array([2]), 10) == pytest.approx([1])
    assert ranking_metrics.average_precision(short, np.array([2]), 12) == pytest.approx([1])


def test_all_metrics_agree_with_a_loop_over_random_lists():
    rng = np.random.default_rng(3)
    hits = rng.random((50, 20)) < 0.2
    relevant = hits.sum(axis=1) + rng.integers(1, 30, 50)
    for row, count in zip(hits, relevant, strict=True):
        gain = sum(1 / math.log2(rank + 1) for rank in range(1, 11) if row[rank - 1])
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(count, 10) + 1))
        precisions = [row[:rank].mean() for rank in range(1, 13) if row[rank - 1]]
        hit, number = row[None], np.array([count])
        assert ranking_metrics.ndcg(hit, number, 10) == pytest.approx([gain / ideal])
        expected = sum(precisions) / min(count, 12)
        assert ranking_metrics.average_precision(hit, number, 12) == pytest.approx([expected])


def test_chance_is_the_mean_of_shuffled_lists():
    rng = np.random.default_rng(0)
    relevant = np.zeros(40, bool)
    relevant[:3] = True
    shuffled = np.stack([rng.permutation(relevant)[:10] for _ in range(20_000)])
    mean = ranking_metrics.ndcg(shuffled, np.full(20_000, 3), 10).mean()
    assert ranking_metrics.chance_ndcg(np.array([3]), np.array([40]), 10) == pytest.approx(
        [mean], rel=0.03
    )
