"""Learns what is published from all sales, with the algorithms and weights that were chosen."""

from core.recommender.choosing.choice import Choice
from core.recommender.item_index import ItemIndex
from core.recommender.options import RecommenderSettings
from core.recommender.plausible_sales import PlausibleSales
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.reasons.evidence import Evidence
from core.recommender.training_report import MODEL, POPULARITY, TrainingReport
from core.recommender.training_snapshot import TrainingSnapshot
from core.recommender.training_window import build_training_window


def learn(
    data: TrainingSnapshot,
    settings: RecommenderSettings,
    sales: PlausibleSales,
    index: ItemIndex,
    choice: Choice,
    report: TrainingReport,
) -> TrainedRecommender:
    """Fit the published algorithms to all plausible lines."""
    window = build_training_window(sales.lines, index, settings)
    if sales.lines is not sales.all_lines and not settings.allow_repurchase:
        window = window.excluding(sales.all_lines)
    popularity = choice.variants[POPULARITY].create().fit(window.interactions)
    fallback = window.single(POPULARITY, popularity)
    ranking = fallback
    if report.decision.published == MODEL:
        variants, weights = choice.variants.items(), choice.weights
        used = {name: variant for name, variant in variants if weights.uses(name)}
        fitted = window.fit(used, {POPULARITY: popularity, **data.factors})
        ranking = window.blend(fitted, weights)
    days, cold = settings.popular_days, window.cold_items
    evidence = Evidence(window.interactions, index.skus, index.neighbours, days, cold)
    users = list(data.sales["user"].cat.categories)
    return TrainedRecommender(
        report,
        users,
        index,
        settings,
        ranking,
        fallback,
        popularity,
        evidence,
        sales.lines,
    )
