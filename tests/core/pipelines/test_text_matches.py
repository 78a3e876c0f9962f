import random

import numpy as np
import pytest

from core.domain import Match
from core.pipelines import text_matches
from core.pipelines.search_selection import Nearest
from core.pipelines.text_matches import TEXT_SHARE, Images, TextMatches
from core.pipelines.text_query import Evidence
from core.vectors.store import best_per_item, to_score
from core.words import Phrase

DIM, ITEMS = 8, 60


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    """One or two images of each item, by SKU and view."""
    chance = np.random.default_rng(3)
    keys = [(str(n), view) for n in range(ITEMS) for view in ("main", "back")[: 1 + n % 2]]
    return dict(zip(keys, unit(chance.normal(size=(len(keys), DIM))), strict=True))


@pytest.fixture
def images(vectors):
    def nearest(query, limit):
        hits = [Match(*key, to_score(float(vector @ query))) for key, vector in vectors.items()]
        return Nearest(best_per_item(hits, limit, 0), are_all=limit >= ITEMS)

    def views(skus):
        return {sku: [view for own, view in vectors if own == sku] for sku in skus}

    return Images(nearest, views, lambda keys: {key: vectors[key] for key in keys})


def make_evidence(count, seed):
    """Phrases that some attributes contain; every third is not seen in images."""
    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    return [
        Evidence(
            Phrase(str(n), (str(n),)),
            frozenset(chance.sample([str(sku) for sku in range(ITEMS)], k=chance.choice((0, 9)))),
            None if n % 3 == 2 else unit(numbers.normal(size=DIM)) * np.float32(0.9),
        )
        for n in range(count)
    ]


def brute_force(evidence, image, vectors):
    """The score of each item, from the definition: the best of its images."""
    known = [part for part in evidence if part.is_known]
    scores = {}
    for (sku, _), vector in vectors.items():
        fixed = sum(sku in part.skus for part in known) / len(known)
        seen = [p.query for p in known if sku not in p.skus and p.query is not None]
        visible = sum(float(vector @ query) for query in seen) / len(known)
        if image is not None:
            fixed *= TEXT_SHARE
            visible = visible * TEXT_SHARE + (1 - TEXT_SHARE) * float(vector @ image)
        score = min(fixed + max(visible, 0), 1)
        scores[sku] = max(scores.get(sku, 0), score)
    return scores


def evident_items(evidence):
    return frozenset().union(*(part.skus for part in evidence))


@pytest.mark.parametrize("with_image", [False, True])
@pytest.mark.parametrize("exact", [500, 0])
@pytest.mark.parametrize("seed", range(4))
def test_items_have_the_scores_of_the_definition(
    images, vectors, monkeypatch, seed, exact, with_image
):
    monkeypatch.setattr(text_matches, "_EXACT", exact)
    evidence = make_evidence(1 + seed, seed)
    image = next(iter(vectors.values())) if with_image else None
    result = TextMatches(evidence, image, images, 0).nearest(ITEMS, evident_items(evidence))
    expected = {s: v for s, v in brute_force(evidence, image, vectors).items() if v > 1e-6}
    assert {match.sku: match.score for match in result.matches} == pytest.approx(expected, abs=1e-5)
    assert result.are_all


@pytest.mark.parametrize("limit", [1, 7, 20])
def test_the_best_matches_come_first(images, vectors, limit):
    evidence = make_evidence(3, 9)
    result = TextMatches(evidence, None, images, 0).nearest(limit, evident_items(evidence))
    expected = sorted(brute_force(evidence, None, vectors).values(), reverse=True)[:limit]
    assert [match.score for match in result.matches] == pytest.approx(expected, abs=1e-5)
    assert not result.are_all


def test_items_without_evidence_are_not_found(images):
    evidence = [Evidence(Phrase("acme", ("acme",)), frozenset(["3", "4"]), None)]
    result = TextMatches(evidence, None, images, 0).nearest(10, frozenset(["3", "4"]))
    assert [(match.sku, match.score) for match in result.matches] == [("3", 1), ("4", 1)]
    assert result.are_all


def test_a_minimum_score_counts_all_evidence(images):
    evidence = make_evidence(3, 9)
    search = TextMatches(evidence, None, images, 0.4)
    assert all(match.score >= 0.4 for match in search.nearest(50, evident_items(evidence)).matches)
