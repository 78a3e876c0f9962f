import numpy as np
import pytest

from core.duplicates import DuplicateKind
from core.similar import collect_images, update_lists
from core.similar.pairs import Pairs, group, nearest_pairs


@pytest.fixture(scope="module")
def source():
    vectors = np.random.default_rng(1).normal(0.4, 1, (90, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return collect_images((f"{n // 3:02}", str(n % 3), row) for n, row in enumerate(vectors))


def nearest(source, count):
    lists = update_lists(None, source, lambda: None).lists
    return nearest_pairs(lists, source, count)


def test_pairs_are_the_images_that_are_most_alike_of_each_item_and_its_nearest_items(source):
    scores, items = source.vectors @ source.vectors.T, source.images.items
    expected = set()
    for item in range(30):
        own = np.flatnonzero(items == item)
        best = sorted(
            (-scores[np.ix_(own, items == other)].max(), other) for other in range(30)
            if other != item
        )  # fmt: skip
        for _, other in best[:2]:
            pair = max(
                ((a, b) for a in own for b in np.flatnonzero(items == other)),
                key=lambda pair: scores[pair],
            )
            expected.add(tuple(sorted(map(int, pair))))
    pairs = nearest(source, 2)
    numbered = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert (len(numbered), set(numbered)) == (len(expected), expected)
    assert pairs.scores == pytest.approx(scores[pairs.first, pairs.second], abs=1e-6)
    assert set(pairs.ranks.tolist()) == {0, 1}


def test_a_digest_of_a_pair_does_not_depend_on_the_order(source):
    pairs = nearest(source, 1)
    turned = Pairs(pairs.second, pairs.first, pairs.scores, pairs.ranks)
    assert (pairs.digests(source.images) == turned.digests(source.images)).all()
    assert len(set(pairs.digests(source.images).tolist())) == len(pairs)


def test_items_that_pairs_connect_are_a_group(source):
    images = np.array([0, 4, 30]), np.array([3, 9, 60])  # items 0-1, 1-3, 10-20
    pairs = Pairs(*images, scores=np.array([0.8, 0.9, 0.95]), ranks=np.zeros(3, np.int64))
    groups = group(DuplicateKind.VARIANTS, pairs, source.images)
    assert [[(m.sku, m.view, m.score) for m in row.members] for row in groups] == [
        [("10", "0", 0.95), ("20", "0", 0.95)],
        [("01", "1", 0.9), ("03", "0", 0.9), ("00", "0", 0.8)],
    ]


def test_few_items_form_no_groups():
    source = collect_images([("A", "main", np.array([1, 0], np.float32))])
    pairs = nearest(source, 2)
    assert (len(pairs), group(DuplicateKind.VARIANTS, pairs, source.images)) == (0, [])
    assert len(nearest(collect_images([]), 2)) == 0


def test_few_images_come_second_when_pairs_point_towards_frequent_images():
    first, second = np.array([0, 1, 2, 2, 5]), np.array([2, 2, 3, 4, 6])
    pairs = Pairs(first, second, np.arange(5.0), np.zeros(5, np.int64)).towards_frequent()
    numbered = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert numbered == [(0, 2), (1, 2), (3, 2), (4, 2), (5, 6)]
