import numpy as np
import pytest

from core.similar import collect_images, fit_scale, label
from core.similar.score_scale import random_scores

DIM = 24


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def source():
    vectors = unit(np.random.default_rng(1).normal(0.3, 1, (400, DIM)))
    return collect_images((f"{n // 2:03}", str(n % 2), row) for n, row in enumerate(vectors))


@pytest.fixture(scope="module")
def scale(source):
    originals = np.arange(0, 400, 4)
    noise = np.random.default_rng(2).normal(0, 0.15, (100, DIM))
    queries = unit(source.vectors[originals] + noise)
    return fit_scale("i", source, label(source, originals, queries))


def test_rarity_is_one_over_the_share_of_random_pairs_that_score_as_high(source, scale):
    scores = [
        float(max(source.vectors[a] @ source.vectors[b], 0))
        for a in range(400) for b in range(a) if a // 2 != b // 2
    ]  # fmt: skip
    assert random_scores(source) == pytest.approx(sorted(scores), abs=1e-6)
    for score in (0.1, 0.3, 0.5, 0.6):
        share = np.mean([other >= score for other in scores])
        assert scale.meaning(score).rarity == pytest.approx(1 / share, rel=0.06, abs=0.6)


def test_higher_scores_are_rarer_and_more_probably_the_same(scale):
    assert list(scale.rarities) == sorted(scale.rarities)
    assert list(scale.sames) == sorted(scale.sames)
    assert scale.meaning(1).same > 0.95
    assert scale.meaning(1).rarity > 10 * scale.meaning(0.7).rarity


def test_probabilities_hold_for_other_distorted_images(source, scale):
    originals = np.arange(1, 400, 2)
    noise = np.random.default_rng(3).normal(0, 0.15, (200, DIM))
    tried = label(source, originals, unit(source.vectors[originals] + noise))
    sames = np.array([scale.meaning(score).same for score in tried.scores.tolist()])
    assert sames.mean() == pytest.approx(0.5, abs=0.05)
    assert sames[tried.same].mean() > 0.9


def test_a_product_imported_twice_hardly_changes_rarities(source):
    labels = [(f"{n // 2:03}", str(n % 2)) for n in range(400)]
    rows = [(*label_, vector) for label_, vector in zip(labels, source.vectors, strict=True)]
    copies = [(f"copy-{sku}", view, vector) for sku, view, vector in rows[:20]]
    labelled = label(source, np.arange(4), source.vectors[:4])
    plain = fit_scale("i", source, labelled)
    with_copies = fit_scale("i", collect_images(rows + copies), labelled)
    ratio = with_copies.meaning(0.8).rarity / plain.meaning(0.8).rarity
    assert 0.5 < ratio < 2
