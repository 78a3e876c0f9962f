"""Updates of similar lists are killed at any moment; meanwhile, every list is whole."""

import signal

import httpx2
import numpy as np
import pytest

from core.connections.redis_client import connect
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from tests.support.faults.similar_update import start_update
from tests.support.shop_client import PATIENCE_S, eventually
from tests.support.stack_data import open_collection

pytestmark = pytest.mark.stack

ITEMS, CHANGED, LISTED = 80, 12, 50
STEP_S = 0.01
ROUNDING = 2e-6


@pytest.fixture
def vectors(stack, shop):
    """The vectors of the shop, once its first lists are complete."""
    shop.ingest_numbers(range(ITEMS))
    eventually(shop.have_all_jobs_ended)
    return _Vectors(stack, shop)


class _Vectors:
    def __init__(self, stack, shop):
        self._store = MilvusVectors(stack.settings.milvus)
        self._index = open_collection(stack, shop).index_name

    def replace(self, skus):
        """Replace the vectors of some items, as another image of each does."""
        random = np.random.default_rng(1)
        dim = len(next(self._store.vectors(self._index))[2])
        rows = (VectorRow(sku, "main", random.normal(size=dim).astype(np.float32)) for sku in skus)
        self._store.upsert(self._index, list(rows))

    def scores(self):
        """Return the score of every other item for every item, by brute force."""
        vectors = {sku: vector for sku, _, vector in self._store.vectors(self._index)}
        return {
            sku: {
                other: max(0.0, float(vector @ vectors[other])) for other in vectors if other != sku
            }
            for sku, vector in vectors.items()
        }


def _read_lists(shop):
    with httpx2.Client(base_url=shop.url, timeout=PATIENCE_S) as client:
        for sku in map(str, range(ITEMS)):
            response = client.get(
                f"{shop.path}/items/{sku}/similar", params={"limit": LISTED}
            ).raise_for_status()
            yield sku, [(match["sku"], match["score"]) for match in response.json()["matches"]]


def _is_whole(matches, scores):
    """Whether these are the best matches by these scores; matches with equal scores may swap."""
    best = sorted(scores.values(), reverse=True)[:LISTED]
    return len(matches) == len(best) and all(
        abs(score - scores[sku]) < ROUNDING and abs(score - expected) < ROUNDING
        for (sku, score), expected in zip(matches, best, strict=True)
    )


def test_updates_killed_at_any_moment_leave_whole_lists(stack, shop, vectors):
    before = vectors.scores()
    assert all(_is_whole(matches, before[sku]) for sku, matches in _read_lists(shop))
    vectors.replace(map(str, range(CHANGED)))
    after = vectors.scores()
    redis, kills, moment_s = connect(stack.settings.redis), 0, 0.0
    while True:
        moment_s += max(STEP_S, moment_s / 12)  # fewer kills per second of a slow update
        update = start_update(stack.settings, shop.name)
        update.join(moment_s)
        update.kill()
        update.join()
        if update.exitcode == 0:
            break
        assert update.exitcode == -signal.SIGKILL
        kills += 1
        redis.delete(f"lookalike:lock:{shop.name}:similar")  # as if 10 s had passed
        for sku, matches in _read_lists(shop):
            assert _is_whole(matches, before[sku]) or _is_whole(matches, after[sku])
    assert kills >= 3
    assert all(_is_whole(matches, after[sku]) for sku, matches in _read_lists(shop))
