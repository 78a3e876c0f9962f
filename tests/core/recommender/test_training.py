from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidInput
from core.recommendations import LooksLike, Popular, Recommendation
from core.recommender.candidates import USUAL_WEIGHTS
from core.recommender.choosing.blend_weights import normalize
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.training import STAGES, rebuild_recommender, train_recommender
from core.recommender.training_report import TrainingReport
from core.recommender.training_snapshot import TrainingSnapshot
from tests.support.recommenders import SETTINGS, lists_by_user, published_lists
from tests.support.synthetic_shops import (
    make_sales,
    noise_embeddings,
    shifting_tastes,
    skus_of,
    taste_shop,
    users_of,
)

USUAL_BLEND = normalize({name: USUAL_WEIGHTS[name] for name in USUAL_WEIGHTS if name != "again"})
"""Of a shop where customers do not buy an item again."""


def without_scores(lists: dict[str, list[Recommendation]]):
    return {user: [(row.sku, row.reasons) for row in rows] for user, rows in lists.items()}


def assert_same(lists: dict[str, list[Recommendation]], others: dict[str, list[Recommendation]]):
    assert without_scores(lists) == without_scores(others)
    for user, rows in lists.items():  # the last digit depends on the memory's alignment
        scores = [row.score for row in others[user]]
        assert [row.score for row in rows] == pytest.approx(scores, abs=2e-4)


@lru_cache
def trained() -> TrainedRecommender:
    shop = taste_shop()
    return train_recommender(shop.purchases, shop.embeddings, SETTINGS)


def skus(recommendations: list[Recommendation]) -> list[str]:
    return [recommendation.sku for recommendation in recommendations]


def skus_by_user(recommender: TrainedRecommender) -> dict[str, list[str]]:
    return {user: skus(items) for user, items in lists_by_user(recommender).items()}


def test_every_user_gets_a_full_list_of_the_best_first():
    users = lists_by_user(trained())
    assert set(users) == set(users_of(taste_shop().purchases))
    for items in users.values():
        scores = [item.score for item in items]
        assert len(items) == 10
        assert scores == sorted(scores, reverse=True)
        assert len(set(skus(items))) == 10
        assert all(item.reasons for item in items)


def test_half_as_many_spare_items_and_ten_more_are_published():
    purchases = taste_shop().purchases
    bought = {*zip(purchases["user"], purchases["sku"], strict=True)}
    main = lists_by_user(trained())
    for user, items in published_lists(trained()).items():
        spare = skus(items[10:])
        assert len(spare) == 10 // 2 + 10
        assert len({*spare, *skus(main[user])}) == len(items)
        assert not {(user, sku) for sku in spare} & bought
    assert len(trained().popular()[""]) == 10 + 15


def test_earlier_purchases_are_not_recommended():
    purchases = taste_shop().purchases
    recommended = skus_by_user(trained())
    for user, sku in zip(purchases["user"], purchases["sku"], strict=True):
        assert sku not in recommended[user]


def test_users_are_recommended_what_they_love():
    shop = taste_shop()
    loved = [
        shop.kind[sku] == int(user[1:]) % 6
        for user, items in skus_by_user(trained()).items()
        for sku in items
    ]
    assert np.mean(loved) > 0.8


def test_only_allowed_items_are_recommended_to_users_and_in_regions():
    shop = taste_shop()
    allowed = {sku for sku, kind in shop.kind.items() if kind < 3}
    recommender = train_recommender(shop.purchases, shop.embeddings, SETTINGS, allowed=allowed)
    assert {sku for items in skus_by_user(recommender).values() for sku in items} <= allowed
    assert {sku for items in recommender.popular().values() for sku in skus(items)} <= allowed


def test_with_repurchase_purchases_may_be_recommended_again():
    shop = taste_shop(items=24)
    settings = SETTINGS.model_copy(update={"allow_repurchase": True})
    recommended = skus_by_user(train_recommender(shop.purchases, None, settings))
    purchases = shop.purchases
    repeated = sum(
        sku in recommended[user]
        for user, sku in zip(purchases["user"], purchases["sku"], strict=True)
    )
    assert repeated > len(purchases) / 4


def test_a_shop_smaller_than_a_list_gets_shorter_lists():
    rows = [(f"u{n}", f"S{(n + k) % 5}", f"o{n}", n + k) for n in range(40) for k in range(2)]
    recommender = train_recommender(make_sales(rows), None, SETTINGS)
    assert {len(items) for items in lists_by_user(recommender).values()} == {3}


def test_the_same_seed_gives_the_same_lists_and_report():
    shop = taste_shop(users=120, items=60)
    first, again = (train_recommender(shop.purchases, shop.embeddings, SETTINGS) for _ in range(2))
    assert lists_by_user(first) == lists_by_user(again)
    assert first.popular() == again.popular()
    reports = [result.report.model_copy(update={"seconds": {}}) for result in (first, again)]
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    "make",
    [
        lambda shop: shop.embeddings,
        lambda shop: noise_embeddings(skus_of(shop.purchases)),
        lambda _: None,
    ],
    ids=["images", "noise", "no images"],
)
def test_a_recommender_is_rebuilt_from_its_report_without_choosing(make):
    shop = taste_shop(users=120, items=60)
    embeddings = make(shop)
    first = train_recommender(shop.purchases, embeddings, SETTINGS)
    report = TrainingReport.model_validate_json(first.report.model_dump_json())
    snapshot = TrainingSnapshot(shop.purchases, embeddings, None, first.factors)
    again = rebuild_recommender(snapshot, SETTINGS, report)
    lists, rebuilt = lists_by_user(first), lists_by_user(again)
    assert_same(rebuilt, lists)
    assert again.popular() == first.popular()


def test_the_block_size_changes_nothing():
    assert_same(lists_by_user(trained(), size=7), lists_by_user(trained()))


def test_the_report_has_every_candidate_and_is_the_same_as_json():
    report = trained().report
    assert TrainingReport.model_validate_json(report.model_dump_json()) == report
    assert (report.order_lines, report.users, report.items) == (2880, 240, 120)
    assert list(report.holdout)[:2] == ["blend", "popularity"]
    assert {"ease", "als", "bm25", "cosine", "baskets", "visual"} <= set(report.holdout)
    assert report.decision.published == "model"
    assert set(report.seconds) == set(STAGES)
    assert report.holdout["blend"].ndcg_at_10 > report.holdout["popularity"].ndcg_at_10


def test_the_report_pairs_the_segments_of_the_model_and_of_popularity():
    report = trained().report
    segments = {row.segment: row for row in report.segments}
    assert list(segments) == [
        "returning customers",
        "customers with few purchases",
        "cold items",
        "warm items",
        "country GB",
    ]
    everybody = segments["country GB"]
    assert everybody.users == report.holdout["blend"].users
    assert everybody.model.ndcg_at_10 == report.holdout["blend"].ndcg_at_10
    assert everybody.popularity.ndcg_at_10 == report.holdout["popularity"].ndcg_at_10


def test_where_tastes_shift_the_choice_follows_the_last_sales():
    messages: list[str] = []
    sales = make_sales(shifting_tastes())
    recommender = train_recommender(
        sales, None, SETTINGS, lambda stage, message: messages.append(message)
    )
    report = recommender.report
    assert [fold.sales for fold in report.folds] == ["the last 30 days", "the 30 days before"]
    assert report.decision.gain < 0
    assert report.decision.reason in messages
    for items in skus_by_user(recommender).values():
        assert all(sku.startswith("HIT") for sku in items[:5])


def test_with_few_users_to_choose_by_the_blend_is_about_the_usual_one():
    rows = [(f"u{n}", f"S{n + k}", f"o{n}-{k}", 10 * k + n) for n in range(5) for k in range(3)]
    recommender = train_recommender(make_sales(rows), None, SETTINGS)
    report = recommender.report
    assert report.decision.published == "model"
    assert report.decision.reason == (
        "too few customers to tell: 4 customers came back, 20 are needed: the model is published"
    )
    weights = report.weights.algorithms
    assert {name: weights[name] for name in USUAL_BLEND} == pytest.approx(USUAL_BLEND, abs=0.1)
    assert all(items for items in lists_by_user(recommender).values())


@pytest.mark.slow
def test_images_that_are_noise_change_nothing():
    shop = taste_shop()
    without = train_recommender(shop.purchases, None, SETTINGS)
    noisy = train_recommender(shop.purchases, noise_embeddings(list(shop.kind)), SETTINGS)
    assert not noisy.report.uses_images
    assert noisy.report.weights.cold == 0
    assert noisy.report.holdout["blend"] == without.report.holdout["blend"]
    assert lists_by_user(noisy) == lists_by_user(without)


def test_new_items_are_recommended_by_visual_similarity():
    shop = taste_shop(items=150)
    new = {f"S{n:03}" for n in range(7, 150, 10)}
    rows = [
        (line.user, line.sku, line.order, line.at.timestamp() / 86_400)
        for line in shop.purchases.itertuples()
        if line.sku not in new
    ]
    settings = SETTINGS.model_copy(update={"list_length": 30})
    recommender = train_recommender(make_sales(rows), shop.embeddings, settings)
    recommended = [
        (user, item)
        for user, items in lists_by_user(recommender).items()
        for item in items
        if item.sku in new
    ]
    assert len(recommended) > 240  # one for each user
    matches = [shop.kind[item.sku] == int(user[1:]) % 6 for user, item in recommended]
    assert np.mean(matches) > 0.6  # by chance: 1 in 6
    bought = {(user, sku) for user, sku, *_ in rows}
    for user, item in recommended:
        reason = item.reasons[0]
        assert isinstance(reason, LooksLike)
        assert 0 < reason.similarity <= 1
        assert (reason.orders is not None) == ((user, reason.with_sku) not in bought)


@pytest.mark.slow
def test_diverse_lists_have_items_that_look_less_alike():
    shop = taste_shop()
    vectors = dict(zip(shop.embeddings.skus, shop.embeddings.vectors, strict=True))

    def mean_similarity(diversity: float) -> float:
        settings = SETTINGS.model_copy(update={"diversity": diversity})
        recommender = train_recommender(shop.purchases, shop.embeddings, settings)
        stacks = [
            np.stack([vectors[sku] for sku in items])
            for items in skus_by_user(recommender).values()
        ]
        return float(np.mean([(stack @ stack.T).mean() for stack in stacks]))

    assert mean_similarity(0.7) < mean_similarity(0.0) - 0.1


def test_diverse_lists_of_a_small_shop_are_complete_and_have_no_duplicates():
    shop = taste_shop(items=18)
    settings = SETTINGS.model_copy(update={"diversity": 0.3, "list_length": 20})
    recommended = skus_by_user(train_recommender(shop.purchases, shop.embeddings, settings))
    assert {len(items) for items in recommended.values()} == {18 - 12}
    assert all(len(set(items)) == len(items) for items in recommended.values())


def test_regions_with_enough_orders_have_lists_of_their_own():
    rng = np.random.default_rng(3)
    rows = []
    for n in range(300):
        country, zip, first = ("GB", "SW1", 0) if n % 3 else ("DE", "20095", 10)
        for sku in rng.choice(10, 3, replace=False):
            rows.append((f"u{n}", f"S{first + sku:02}", f"o{n}", n / 3, country, zip))
    rows.append(("u0", "S00", "x", 100, "FR", "75001"))
    popular = train_recommender(make_sales(rows), None, SETTINGS).popular()
    assert set(popular) == {"", "GB", "GB/SW", "GB/SW1", "DE", "DE/20", "DE/20095"}
    assert set(skus(popular["DE"][:3])) <= {f"S{n}" for n in range(10, 20)}
    assert set(skus(popular["GB"][:5])) <= {f"S0{n}" for n in range(10)}
    (reason,) = popular["GB"][0].reasons
    assert reason == Popular("GB", reason.orders, days=30)


def test_a_user_without_purchases_gets_popular_items():
    purchases = taste_shop().purchases
    users = purchases.assign(user=purchases["user"].cat.add_categories("nobody"))
    recommender = train_recommender(users, None, SETTINGS)
    popular = skus(recommender.popular()[""])
    assert {"7d:", "30d:", "90d:"} <= recommender.best_sellers().keys()
    assert recommender.report.period.last == purchases["at"].max()
    assert skus_by_user(recommender)["nobody"] == popular[: SETTINGS.list_length]


def test_one_sale_is_enough_for_lists():
    sales = make_sales([("ann", "A", "1", 0)])
    recommender = train_recommender(sales, noise_embeddings(["A", "B"]), SETTINGS)
    assert skus_by_user(recommender)["ann"] == ["B"]
    assert recommender.popular()[""][0].sku == "A"
    assert recommender.report.folds == []
    usual = {name: USUAL_WEIGHTS[name] for name in ("ease", "bm25", "popularity")}
    assert recommender.report.weights.algorithms == normalize(usual)


def test_without_any_allowed_item_training_fails():
    shop = taste_shop(users=20)
    with pytest.raises(InvalidInput, match="collection"):
        train_recommender(shop.purchases, None, SETTINGS, allowed={"elsewhere"})


def test_a_progress_callback_that_raises_stops_the_training():
    class Cancelled(Exception):
        pass

    def cancel(stage: str, message: str) -> None:
        raise Cancelled(stage, message)

    with pytest.raises(Cancelled):
        train_recommender(taste_shop(users=20).purchases, None, SETTINGS, cancel)


def test_sales_without_times_are_split_by_user():
    purchases = taste_shop().purchases
    timeless = purchases.assign(at=pd.Timestamp(5, unit="s", tz="UTC"))
    settings = SETTINGS.model_copy(update={"allow_missing_dates": True})
    report = train_recommender(timeless, None, settings).report
    assert report.split.by == "user"
    assert report.decision.published == "model"
    families = [row.family for row in report.validation]
    assert len(families) == len(set(families))  # half-lives make no difference
    assert "novelty" not in families
