import json
from functools import lru_cache

import numpy as np
import pytest

from core.errors import InvalidInput
from core.recommender.options import RecommenderSettings
from core.recommender.ranking.lists import Trained
from core.recommender.training import Learned, learn_again, train
from tests.support.synthetic_shops import noise, sold, tastes

SETTINGS = RecommenderSettings(svd_pairs=1, length=10, threads=1)


@lru_cache
def trained() -> Trained:
    shop = tastes()
    return train(shop.purchases, shop.looks, SETTINGS)


def lists(trained: Trained) -> dict[str, list[dict]]:
    return {user: items for block in trained.blocks(100) for user, items in block}


def test_every_user_gets_a_full_list_of_the_best_first():
    found = lists(trained())
    assert set(found) == set(tastes().purchases.users)
    for items in found.values():
        scores = [one["score"] for one in items]
        assert len(items) == 10
        assert scores == sorted(scores, reverse=True)
        assert len({one["sku"] for one in items}) == 10
        assert all(one["reasons"] for one in items)


def test_nothing_already_bought_is_recommended():
    purchases = tastes().purchases
    found = lists(trained())
    for user, item in zip(purchases.user, purchases.item, strict=True):
        assert purchases.skus[item] not in {one["sku"] for one in found[purchases.users[user]]}


def test_users_are_recommended_what_they_love():
    shop = tastes()
    loved = [
        shop.kind[one["sku"]] == int(user[1:]) % 6
        for user, items in lists(trained()).items()
        for one in items
    ]
    assert np.mean(loved) > 0.8


def test_only_what_is_allowed_is_recommended_to_users_and_in_regions():
    shop = tastes()
    allowed = {sku for sku, kind in shop.kind.items() if kind < 3}
    found = train(shop.purchases, shop.looks, SETTINGS, allowed=allowed)
    assert {one["sku"] for items in lists(found).values() for one in items} <= allowed
    assert {one["sku"] for items in found.popular().values() for one in items} <= allowed


def test_where_purchases_repeat_they_may_be_recommended_again():
    shop = tastes(items=24)
    settings = SETTINGS.model_copy(update={"repeat": True})
    found = lists(train(shop.purchases, None, settings))
    purchases = shop.purchases
    again = sum(
        purchases.skus[item] in {one["sku"] for one in found[purchases.users[user]]}
        for user, item in zip(purchases.user, purchases.item, strict=True)
    )
    assert again > len(purchases.user) / 4


def test_a_shop_smaller_than_a_list_gets_shorter_lists():
    rows = [(f"u{n}", f"S{(n + k) % 5}", f"o{n}", n + k) for n in range(40) for k in range(2)]
    found = lists(train(sold(rows), None, SETTINGS))
    assert {len(items) for items in found.values()} == {3}


def test_the_same_seed_gives_the_same_lists_and_report():
    shop = tastes(users=120, items=60)
    first, again = (train(shop.purchases, shop.looks, SETTINGS) for _ in range(2))
    assert lists(first) == lists(again)
    assert first.popular() == again.popular()
    timeless = [{**one.report, "seconds": None} for one in (first, again)]
    assert timeless[0] == timeless[1]


@pytest.mark.parametrize(
    "looks", [lambda shop: shop.looks, lambda shop: noise(shop.purchases.skus), lambda _: None]
)
def test_what_was_chosen_is_learned_again_without_choosing(looks):
    shop = tastes(users=120, items=60)
    first = train(shop.purchases, looks(shop), SETTINGS)
    report = json.loads(json.dumps(first.report))
    again = learn_again(shop.purchases, looks(shop), SETTINGS, Learned(report, first.factors))
    assert lists(again) == lists(first)
    assert again.popular() == first.popular()


def test_the_size_of_blocks_changes_nothing():
    small = {user: items for block in trained().blocks(7) for user, items in block}
    skus = {user: [one["sku"] for one in items] for user, items in small.items()}
    assert skus == {user: [one["sku"] for one in items] for user, items in lists(trained()).items()}


def test_the_report_is_json_and_holds_every_candidate_beside_popularity():
    report = json.loads(json.dumps(trained().report))
    assert (report["rows"], report["users"], report["items"]) == (2880, 240, 120)
    assert {"popularity", "ease", "als", "bm25", "cosine", "looks", "blend"} <= set(report["test"])
    assert report["gate"]["published"] == "model"
    assert set(report["seconds"]) == {"looks", "validation", "test", "learning"}
    assert report["test"]["blend"]["ndcg@10"] > report["test"]["popularity"]["ndcg@10"]


def turned_tastes() -> list[tuple]:
    """For 120 days each buys what they love and some hits; then all buy nothing but hits."""
    rng = np.random.default_rng(2)
    rows = []
    for user in range(240):
        loved, hits = (rng.permutation(n) for n in (40, 24))
        for n, day in enumerate(np.sort(rng.uniform(0, 120, 9))):
            rows.append((f"u{user}", f"L{user % 6}-{loved[n]}", f"o{user}-{n}", day))
        for n, day in enumerate((*np.sort(rng.uniform(0, 120, 4)), *rng.uniform(121, 150, 3))):
            rows.append((f"u{user}", f"HIT{hits[n]}", f"h{user}-{n}", day))
    return rows


def test_a_model_worse_than_popularity_is_not_published_and_the_report_says_so():
    messages: list[str] = []
    found = train(sold(turned_tastes()), None, SETTINGS, messages.append)
    tested = found.report["test"]
    assert tested["blend"]["ndcg@10"] < tested["popularity"]["ndcg@10"]
    assert found.report["gate"]["published"] == "popularity"
    assert any("popularity is published" in message for message in messages)
    assert all(one["sku"].startswith("HIT") for items in lists(found).values() for one in items[:5])


def test_with_too_few_users_to_choose_by_popularity_is_published():
    rows = [(f"u{n}", f"S{n + k}", f"o{n}-{k}", 10 * k + n) for n in range(5) for k in range(3)]
    found = train(sold(rows), None, SETTINGS)
    assert found.report["gate"] == {
        "published": "popularity",
        "why": "too few users came back to choose by: popularity is published",
    }
    assert all(items for items in lists(found).values())


def test_looks_that_are_noise_change_nothing():
    shop = tastes()
    without = train(shop.purchases, None, SETTINGS)
    noisy = train(shop.purchases, noise(list(shop.kind)), SETTINGS)
    assert noisy.report["weights"]["cold"] == 0
    figures = [one.report["test"]["blend"]["ndcg@10"] for one in (noisy, without)]
    assert figures[0] == figures[1]
    assert lists(noisy) == lists(without)


def test_new_items_are_found_by_their_looks():
    shop = tastes(items=150)
    purchases = shop.purchases
    new = {f"S{n:03}" for n in range(7, 150, 10)}
    rows = [
        (purchases.users[user], purchases.skus[item], f"o{order}", at / 86_400)
        for user, item, order, at in zip(
            purchases.user, purchases.item, purchases.order, purchases.at, strict=True
        )
        if purchases.skus[item] not in new
    ]
    found = train(sold(rows), shop.looks, SETTINGS.model_copy(update={"length": 30}))
    recommended = [
        (user, one) for user, items in lists(found).items() for one in items if one["sku"] in new
    ]
    assert len(recommended) > 240  # one a user
    right = [shop.kind[one["sku"]] == int(user[1:]) % 6 for user, one in recommended]
    assert np.mean(right) > 0.6  # by chance: 1 in 6
    assert all(one["reasons"][0]["kind"] == "looks_like" for _, one in recommended)
    assert all(0 < one["reasons"][0]["similarity"] <= 1 for _, one in recommended)
    bought = {rows[0]: set() for rows in rows}
    for user, sku, *_ in rows:
        bought[user].add(sku)
    for user, one in recommended:
        why = one["reasons"][0]
        assert ("orders" in why) == (why["with"] not in bought[user])


def test_diverse_lists_look_less_alike():
    shop = tastes()
    vectors = dict(zip(shop.looks.skus, shop.looks.vectors, strict=True))

    def likeness(diversity: float) -> float:
        settings = SETTINGS.model_copy(update={"diversity": diversity})
        found = lists(train(shop.purchases, shop.looks, settings))
        looks = [np.stack([vectors[one["sku"]] for one in items]) for items in found.values()]
        return float(np.mean([(one @ one.T).mean() for one in looks]))

    assert likeness(0.7) < likeness(0.0) - 0.1


def test_diverse_lists_of_a_small_shop_hold_all_it_has_and_nothing_twice():
    shop = tastes(items=18)
    settings = SETTINGS.model_copy(update={"diversity": 0.3, "length": 20})
    found = lists(train(shop.purchases, shop.looks, settings))
    assert {len(items) for items in found.values()} == {18 - 12}
    assert all(len({one["sku"] for one in items}) == len(items) for items in found.values())


def test_regions_with_enough_orders_have_lists_of_their_own():
    rng = np.random.default_rng(3)
    rows = []
    for n in range(300):
        country, zip, first = ("GB", "SW1", 0) if n % 3 else ("DE", "20095", 10)
        for sku in rng.choice(10, 3, replace=False):
            rows.append((f"u{n}", f"S{first + sku:02}", f"o{n}", n / 3, country, zip))
    rows.append(("u0", "S00", "x", 100, "FR", "75001"))
    popular = train(sold(rows), None, SETTINGS).popular()
    assert set(popular) == {"", "GB", "GB/SW", "GB/SW1", "DE", "DE/20", "DE/20095"}
    assert {one["sku"] for one in popular["DE"][:3]} <= {f"S{n}" for n in range(10, 20)}
    assert {one["sku"] for one in popular["GB"][:5]} <= {f"S0{n}" for n in range(10)}
    best = popular["GB"][0]
    assert best["reasons"] == [
        {"kind": "popular", "region": "GB", "orders": best["reasons"][0]["orders"], "days": 30}
    ]


def test_a_user_of_whom_no_purchase_is_left_gets_what_is_popular():
    purchases = tastes().purchases
    left = type(purchases)(**{**vars(purchases), "users": [*purchases.users, "gone"]})
    found = train(left, None, SETTINGS)
    popular = [one["sku"] for one in found.popular()[""]]
    assert [one["sku"] for one in lists(found)["gone"]] == popular


def test_one_sale_is_enough_for_lists():
    found = train(sold([("ann", "A", "1", 0)]), noise(["A", "B"]), SETTINGS)
    assert [one["sku"] for one in lists(found)["ann"]] == ["B"]
    assert found.popular()[""][0]["sku"] == "A"
    assert found.report["gate"]["published"] == "popularity"


def test_nothing_to_recommend_is_refused():
    shop = tastes(users=20)
    with pytest.raises(InvalidInput, match="collection"):
        train(shop.purchases, None, SETTINGS, allowed={"elsewhere"})


def test_a_report_that_raises_stops_the_training():
    class Cancelled(Exception):
        pass

    def cancel(message: str) -> None:
        raise Cancelled(message)

    with pytest.raises(Cancelled):
        train(tastes(users=20).purchases, None, SETTINGS, cancel)


def test_sales_without_times_are_split_by_user():
    shop = tastes()
    purchases = shop.purchases
    timeless = type(purchases)(**{**vars(purchases), "at": np.full(len(purchases.at), 5.0)})
    found = train(timeless, None, SETTINGS)
    assert found.report["split"]["by"] == "user"
    assert found.report["gate"]["published"] == "model"
