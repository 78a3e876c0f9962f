"""The last sales: what is measured on them, with all variants fitted to the sales before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.recommender.candidates import Variant
from core.recommender.choosing.choice import Choice
from core.recommender.choosing.fold import FittedFold
from core.recommender.evaluation.holdout_metrics import Holdout, Measured, measure_candidates
from core.recommender.evaluation.incumbent import Live, compare, read_incumbent
from core.recommender.evaluation.rules_cost import Rerank, measure_rules
from core.recommender.options import RecommenderSettings
from core.recommender.training_report import (
    POPULARITY,
    BlendWeights,
    IncumbentComparison,
    PublicationDecision,
    RulesCost,
)


@dataclass(frozen=True)
class LastSales:
    """The last sales of a training run."""

    holdout: Holdout
    fitted: FittedFold
    settings: RecommenderSettings
    progress: Callable[[str], None]

    def measure(self, choice: Choice) -> dict[str, Measured]:
        """Measure a choice and its parts; it must not have been influenced by these sales."""
        algorithms = self.fitted.by_family(choice.variants)
        return measure_candidates(self.holdout, algorithms, choice, self.progress)

    def keep_incumbent(
        self, live: Live, choice: Choice, variants: Sequence[Variant]
    ) -> tuple[Choice, IncumbentComparison]:
        """Return the live settings if they are clearly better, else the choice."""
        incumbent = read_incumbent(live.report, variants)
        customers = self.holdout.window.interactions.lines.users
        if len(self.holdout.returning.users) < self.settings.users_to_decide(customers):
            incumbent = replace(incumbent, obstacle="too few customers came back for a comparison")
        comparison = compare(self.holdout, incumbent, choice, self.fitted)
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
        ranking = self.holdout.window.blend(self.fitted.by_family(choice.variants), weights)
        length = self.settings.list_length
        return measure_rules(ranking.top, self.holdout.returning, skus, rerank, length)
