"""Similar lists equal those of a search that compares everything with everything."""

import random

import numpy as np
import pytest

from core.similar import SimilarLists, collect_images, update_lists
from core.similar.keys import NONE, decode_images, decode_scores

DIM, SERVED, KEPT = 6, 3, 5
VIEWS = ("back", "front", "main")


def random_item(rng):
    """Vectors by view whose products are exact in any order: equal scores are frequent."""
    views = rng.sample(VIEWS, rng.choice([1, 1, 2, 3]))
    return {view: np.array(rng.choices([-0.5, 0, 0.25, 0.5], k=DIM), np.float32) for view in views}


def images_of(items):
    rows = [(sku, view, vector) for sku, views in items.items() for view, vector in views.items()]
    random.Random(1).shuffle(rows)
    return collect_images(rows)


def update(items, before=None):
    return update_lists(before, images_of(items), lambda: None, served=SERVED, length=KEPT)


def brute_force(items, sku):
    """All other items of an item, best first: SKU, best view, score in millionths."""
    rows = []
    for other, views in items.items():
        if other != sku:
            pairs = [
                (-min(max(float(query @ vector), 0.0), 1.0), view)
                for query in items[sku].values()
                for view, vector in views.items()
            ]
            score, view = min(pairs)
            rows.append((score, other, view))
    return [(other, view, round(-score * 1_000_000)) for score, other, view in sorted(rows)]


def rows_of(lists, item):
    keys = lists.keys[item][lists.keys[item] != NONE]
    images = lists.images
    pairs = zip(decode_images(keys).tolist(), decode_scores(keys).tolist(), strict=True)
    return [
        (images.skus[images.items[image]], images.views[image], score) for image, score in pairs
    ]


def assert_exact(items, lists):
    assert lists.images.skus == sorted(items)
    for number, sku in enumerate(lists.images.skus):
        expected, rows = brute_force(items, sku), rows_of(lists, number)
        assert rows == expected[: len(rows)]
        assert len(rows) >= min(SERVED, len(items) - 1)


@pytest.mark.parametrize("count", [0, 1, 2, SERVED, KEPT + 1, KEPT + 2, 40])
def test_lists_equal_brute_force(count):
    rng = random.Random(count)
    items = {f"sku {n}": random_item(rng) for n in range(count)}
    assert_exact(items, update(items).lists)


@pytest.mark.parametrize("seed", range(40))
def test_after_random_changes_lists_equal_brute_force_and_all_differences_are_reported(seed):
    rng = random.Random(seed)
    items = {f"s{n}": random_item(rng) for n in range(rng.choice([0, 3, 8, 30]))}
    lists = update(items).lists
    for _ in range(12):
        for sku in rng.sample(sorted(items), min(len(items), rng.choice([0, 0, 1, 3]))):
            del items[sku]
        for _ in range(rng.choice([0, 1, 1, 4])):
            items[f"s{rng.randrange(40)}"] = random_item(rng)
        updated = update(items, lists)
        assert_exact(items, updated.lists)
        assert set(changed_texts(lists, updated.lists)) <= skus(updated)
        lists = updated.lists


def changed_texts(before, after):
    """The SKUs whose lists, as text, are new or differ."""
    old = dict(before.lines(range(len(before.images.skus))))
    new = dict(after.lines(range(len(after.images.skus))))
    return [sku for sku, text in new.items() if old.get(sku) != text]


def skus(update):
    return {update.lists.images.skus[item] for item in update.changed}


def test_nothing_changes_without_new_images():
    items = {f"s{n}": random_item(random.Random(n)) for n in range(20)}
    lists = update(items).lists
    again = update(items, lists)
    assert again.changed.size == 0
    assert np.array_equal(again.lists.keys, lists.keys)


def test_a_new_item_changes_only_the_lists_that_it_enters():
    items = {f"s{n}": {"main": np.eye(DIM, dtype=np.float32)[n % 3]} for n in range(30)}
    lists = update(items).lists
    items["x"] = {"main": np.eye(DIM, dtype=np.float32)[0]}  # equals every third item
    assert skus(update(items, lists)) <= {"x", *(f"s{n}" for n in range(0, 30, 3))}


def test_lists_survive_storage_and_damage_is_noticed():
    items = {f"sku {n} ü": random_item(random.Random(n)) for n in range(9)}
    lists = update(items).lists
    data = lists.to_bytes()
    copy = SimilarLists.from_bytes(data)
    assert list(copy.lines(range(9))) == list(lists.lines(range(9)))
    assert update(items, copy).changed.size == 0
    for damaged in (b"", data[:-30], b"x" * 100):
        with pytest.raises(ValueError, match="damaged"):
            SimilarLists.from_bytes(damaged)


def test_a_list_as_text_tells_whether_it_is_complete():
    items = {f"s{n}": {"main": np.full(4, 0.5, np.float32)} for n in range(3)}
    rows = b"s1\tmain\t1000000\ns2\tmain\t1000000\n"
    assert next(update(items).lists.lines([0])) == ("s0", b"all\n" + rows)
    items |= {f"t{n}": {"main": np.full(4, 0.5, np.float32)} for n in range(9)}
    assert next(update(items).lists.lines([0]))[1].startswith(b"\ns1\t")
