"""The last sales: what is measured on them, with all variants fitted to the sales before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.recommender.candidates import VISUAL, Variant
from core.recommender.choosing.choice import Choice
from core.recommender.choosing.fold import FittedFold
from core.recommender.evaluation.holdout_metrics import Measured
from core.recommender.evaluation.incumbent import Live, compare, read_incumbent
from core.recommender.evaluation.rules_cost import Rerank, measure_rules
from core.recommender.options import RecommenderSettings
from core.recommender.training_report import (
    BLEND,
    BLEND_WITHOUT_IMAGES,
    POPULARITY,
    BlendWeights,
    IncumbentComparison,
    PublicationDecision,
    RulesCost,
)


@dataclass(frozen=True)
class LastSales:
    """The last sales of a training run."""

    fitted: FittedFold
    settings: RecommenderSettings
    progress: Callable[[str], None]

    def measure(self, choice: Choice) -> dict[str, Measured]:
        """Measure a choice and its parts; it must not have been influenced by these sales."""
        holdout, algorithms = self.fitted.holdout, self.fitted.by_family(choice.variants)
        window = holdout.window
        rankings = {name: window.single(name, algorithm) for name, algorithm in algorithms.items()}
        rankings[BLEND] = window.blend(algorithms, choice.weights)
        if VISUAL in algorithms:
            rankings[BLEND_WITHOUT_IMAGES] = window.blend(algorithms, choice.weights_without_images)
        measured = {}
        for name, blend in rankings.items():
            measured[name] = holdout.measure(blend)
            self.progress(f"{name} NDCG@10 {measured[name].result.ndcg_at_10:.4f}")
        if len(holdout.new.users):
            segments = {"new customers": holdout.measure_new_users(rankings[POPULARITY])}
            popularity = measured[POPULARITY]
            result = popularity.result
            result = result.model_copy(update={"segments": segments | result.segments})
            measured[POPULARITY] = Measured(result, popularity.lists)
        return measured

    def keep_incumbent(
        self, live: Live, choice: Choice, variants: Sequence[Variant]
    ) -> tuple[Choice, IncumbentComparison]:
        """Return the live settings if they are clearly better, else the choice."""
        incumbent = read_incumbent(live.report, variants)
        customers = self.fitted.holdout.window.interactions.lines.users
        if self.fitted.fold.users < self.settings.users_to_decide(customers):
            incumbent = replace(incumbent, obstacle="too few customers came back for a comparison")
        comparison = compare(incumbent, choice, self.fitted)
        self.progress(f"live generation: {comparison.reason}")
        if comparison.incumbent_won:
            by_family = choice.variants | incumbent.variants
            choice = replace(choice, variants=by_family, weights=incumbent.weights)
        return choice, comparison.model_copy(update={"generation": live.generation})

    def measure_rules(
        self, rerank: Rerank, skus: Sequence[str], choice: Choice, decision: PublicationDecision
    ) -> RulesCost:
        """Measure what is published, with and without the shop's rules."""
        weights = choice.weights
        if decision.published == POPULARITY:
            weights = BlendWeights({POPULARITY: 1.0})
        holdout, algorithms = self.fitted.holdout, self.fitted.by_family(choice.variants)
        ranking = holdout.window.blend(algorithms, weights)
        length = self.settings.list_length
        return measure_rules(ranking.top, holdout.returning, skus, rerank, length)
