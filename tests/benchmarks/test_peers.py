"""Each recommender that ours is compared with, against a second way to compute its scores."""

from itertools import product

import numpy as np
import pytest
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from surprise import SVD, Dataset, Reader

from benchmarks.support import peers
from benchmarks.support.peer import Peer, TooLarge, top
from benchmarks.support.sales_splits import Protocol, Split
from tests.support.small_sales import random_split, sales_frame

SPLIT = random_split()
BOUGHT = SPLIT.purchases.toarray().astype(float)
USERS, ITEMS = BOUGHT.shape


def scores_of(learn, split=SPLIT, **settings):
    """Return the scores of all users; they must not depend on who else is asked for."""
    score = learn(split, **settings)
    rows = score(np.arange(split.purchases.shape[0]))
    assert score(np.array([3, 1])) == pytest.approx(rows[[3, 1]])
    return rows


def test_popularity_counts_buyers():
    assert scores_of(peers.popularity) == pytest.approx(np.tile(BOUGHT.sum(axis=0), (USERS, 1)))


def test_recent_popularity_counts_the_lines_of_the_last_days():
    newest = SPLIT.training["at"].max()
    counts = np.zeros(ITEMS)
    for at, item in zip(SPLIT.training["at"], SPLIT.training["sku"].cat.codes, strict=True):
        counts[item] += (newest - at).days < 14
    assert scores_of(peers.recent_popularity, days=14)[0] == pytest.approx(counts)


def test_cosine_adds_up_the_similarities_to_what_was_bought():
    lengths = np.linalg.norm(BOUGHT, axis=0)
    similarity = BOUGHT.T @ BOUGHT / np.outer(lengths, lengths)
    scores = scores_of(peers.item_knn, model=CosineRecommender, neighbours=100)
    assert scores == pytest.approx(BOUGHT @ similarity)


def test_bm25_weights_the_buyers_of_an_item_like_the_words_of_a_document():
    counts = BOUGHT.sum(axis=0)
    rarity = np.log(ITEMS) - np.log1p(BOUGHT.sum(axis=1))
    length = 1 - 0.75 + 0.75 * counts / counts.mean()
    weights = BOUGHT * 2.2 / (1.2 * length + 1) * rarity[:, None]
    scores = scores_of(peers.item_knn, model=BM25Recommender, neighbours=100)
    assert scores == pytest.approx(BOUGHT @ (weights.T @ weights))


def test_item_knn_keeps_the_most_similar_items():
    split = random_split(seed=2, users=20, orders=60)
    bought = split.purchases.toarray()
    lengths = np.linalg.norm(bought, axis=0)
    similarity = bought.T @ bought / np.outer(lengths, lengths)
    third = np.sort(similarity, axis=1)[:, -3]
    nearest = np.where(similarity > third[:, None], similarity, 0)
    scores = scores_of(peers.item_knn, split, model=CosineRecommender, neighbours=2)
    assert scores == pytest.approx(bought @ nearest)


def test_rp3beta_walks_from_the_user_to_an_item_a_buyer_and_an_item():
    beta = 0.4
    expected = np.zeros((USERS, ITEMS))
    for user, item, buyer, end in product(range(USERS), range(ITEMS), range(USERS), range(ITEMS)):
        walk = BOUGHT[user, item] * BOUGHT[buyer, item] * BOUGHT[buyer, end]
        chance = walk / BOUGHT[user].sum() / BOUGHT[:, item].sum() / BOUGHT[buyer].sum()
        expected[user, end] += chance / BOUGHT[:, end].sum() ** beta
    assert scores_of(peers.rp3beta, beta=beta) == pytest.approx(expected)


@pytest.mark.parametrize("neighbours", [2, 100])
def test_user_knn_adds_up_the_purchases_of_the_most_similar_others(neighbours):
    expected = np.zeros((USERS, ITEMS))
    for user in range(USERS):
        similar = [
            BOUGHT[user] @ row / np.linalg.norm(BOUGHT[user]) / np.linalg.norm(row)
            for row in BOUGHT
        ]
        similar[user] = 0
        least = sorted(similar, reverse=True)[: min(neighbours, USERS)][-1]
        for other, value in enumerate(similar):
            expected[user] += value * BOUGHT[other] if value >= least else 0
    assert scores_of(peers.user_knn, neighbours=neighbours) == pytest.approx(expected)


def test_ease_predicts_each_item_by_ridge_regression_on_the_others():
    expected = np.zeros((USERS, ITEMS))
    for item in range(ITEMS):
        others = np.delete(BOUGHT, item, axis=1)
        penalty = 3 * np.eye(ITEMS - 1)
        weights = np.linalg.solve(others.T @ others + penalty, others.T @ BOUGHT[:, item])
        expected[:, item] = others @ weights
    assert scores_of(peers.ease, penalty=3) == pytest.approx(expected)


def test_ease_of_many_items_learns_the_best_sellers_only(monkeypatch):
    monkeypatch.setattr(peers, "MAX_EASE_ITEMS", 4)
    scores = scores_of(peers.ease, penalty=3)
    sold = np.sort(np.argsort(-BOUGHT.sum(axis=0), kind="stable")[:4])
    assert np.flatnonzero(scores.any(axis=0)).tolist() == sold.tolist()


def test_als_finds_the_items_that_similar_customers_bought():
    rows = [
        (f"{group}{user}", f"{group}{item}", 10 * user + item, 0)
        for group, user, item in product("ab", range(8), range(6))
        if user != item
    ]
    rows += [(f"a{n}", "a0", 500 + n, 90) for n in range(6)]
    split = Split.of(sales_frame(rows), Protocol.LAST_DAYS, repeats=False)
    scores = peers.als(split, factors=4, penalty=0.1)(np.arange(16))
    groups = np.repeat([0, 1], 8)[:, None] == np.repeat([0, 1], 6)[None]
    assert scores[groups].min() > scores[~groups].max()


def test_svd_scores_like_surprise():
    pairs = SPLIT.purchases.tocoo()
    ratings = [(user, item, 1.0, None) for user, item in zip(pairs.row, pairs.col, strict=True)]
    data = Dataset(Reader(rating_scale=(0, 1)))
    model = SVD(random_state=0).fit(data.construct_trainset(ratings))
    inner = model.trainset.to_inner_uid, model.trainset.to_inner_iid
    estimates = np.array([
        [model.estimate(inner[0](user), inner[1](item)) for item in range(ITEMS)]
        for user in range(USERS)
    ])
    offset = model.trainset.global_mean + model.bu[[inner[0](user) for user in range(USERS)]]
    assert scores_of(peers.svd) == pytest.approx(estimates - offset[:, None])


@pytest.mark.parametrize("only_new", [True, False])
def test_lists_hold_items_in_order_and_those_bought_before_only_if_wanted(only_new):
    counts = BOUGHT.sum(axis=0)
    lists = top(SPLIT, peers.popularity(SPLIT), only_new=only_new)
    for user, items in zip(SPLIT.users, lists, strict=True):
        allowed = BOUGHT[user] == 0 if only_new else np.ones(ITEMS, bool)
        expected = [n for n in np.argsort(-counts, kind="stable") if allowed[n]]
        assert items[items >= 0].tolist() == expected


def test_where_nobody_buys_again_what_was_bought_is_left_out():
    rows = [(f"u{user}", f"i{(user + step) % 9}", 9 * user + step, 30 * step)
            for user in range(9) for step in range(5)]  # fmt: skip
    split = Split.of(sales_frame(rows), Protocol.LAST_DAYS, repeats=True)
    lists = Peer(peers.popularity).rank(split, split.validation())
    assert not any(
        split.purchases[user, item]
        for user, items in zip(split.users, lists, strict=True)
        for item in items[items >= 0]
    )


def test_settings_are_chosen_on_the_validation_split():
    validation = random_split(seed=5)
    target = np.zeros(validation.purchases.shape)
    target[validation.users] = validation.relevant.toarray()

    def learn(split, sign):
        return lambda users: sign * target[users]

    chosen = Peer(learn, {"sign": (-1, 1)}).rank(validation, validation)
    assert validation.ndcg(chosen) == pytest.approx(1)


def test_without_customers_to_validate_on_the_usual_settings_are_taken():
    def learn(split, sign):
        return lambda users: np.tile(sign * np.arange(ITEMS), (len(users), 1))

    nobody = SPLIT.at_most(0)
    items = Peer(learn, {"sign": (1, -1)}).rank(SPLIT, nobody)
    assert items[0, 0] == ITEMS - 1


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_items": 3}, "too many items (9 > 3)"),
        ({"max_users": 3}, "too many customers (7 > 3)"),
    ],
)
def test_a_peer_with_too_much_to_compute_says_so(limits, message):
    with pytest.raises(TooLarge) as error:
        Peer(peers.popularity, **limits).rank(SPLIT, SPLIT)
    assert str(error.value) == message
