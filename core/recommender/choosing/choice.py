"""Chooses the variant of each family and the weights of the blend by one or several folds.

Both start from what is usual, and move away from it only as far as the purchases of enough users
support it: a shop where few customers come back gets the usual blend.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from core.recommender.candidates import VISUAL, Variant
from core.recommender.choosing.blend_weights import BlendFitter
from core.recommender.choosing.fold import Fold
from core.recommender.choosing.gains import Metric, certain_gain, mean_metric
from core.recommender.evaluation.paired import MIN_GAIN
from core.recommender.training_report import BlendWeights, FoldSummary, ValidatedCandidate

VARIANT_ERRORS = 1.0
"""Gain, in standard errors, above which a variant replaces the usual one of its family."""
VISUAL_ERRORS = 0.5
"""The same for images; a stricter test leaves images unused that help."""


@dataclass(frozen=True)
class Choice:
    """The chosen variants and weights."""

    variants: dict[str, Variant]
    """The chosen variant of each family, the best family first."""
    weights: BlendWeights
    weights_without_images: BlendWeights
    """Weights chosen without images."""
    validated: list[ValidatedCandidate] = field(default_factory=list)
    """Every variant that was tried, with its result."""
    folds: list[FoldSummary] = field(default_factory=list)
    """The folds that decided; if there is none, everything is as usual."""

    def with_cold_weight(self, cold: float) -> "Choice":
        """Return the choice with a weight of cold items."""
        return replace(self, weights=replace(self.weights, cold=cold))


def choose(folds: Sequence[Fold], variants: Sequence[Variant], usual: dict[str, float]) -> Choice:
    """Choose by the folds; `usual` has the usual weight of some families.

    The first variant of a family is its usual one.
    """
    chosen = _pick_variants(folds, variants)
    without_images = BlendFitter(folds, _without_visual(chosen), usual).weights
    weights = without_images
    if VISUAL in chosen:
        fitter = BlendFitter(folds, chosen, usual)
        if fitter.gain(fitter.weights, without_images, VISUAL_ERRORS) > MIN_GAIN:
            weights = fitter.weights
    summaries = [
        FoldSummary(sales=fold.sales, users=fold.users, user_weight=round(fold.user_weight, 4))
        for fold in folds
    ]
    return Choice(
        chosen,
        BlendWeights(weights),
        BlendWeights(without_images),
        _list_results(folds, variants),
        summaries,
    )


def _pick_variants(folds: Sequence[Fold], variants: Sequence[Variant]) -> dict[str, Variant]:
    """Pick one variant of each family among those that all folds know; the best family first."""
    families: dict[str, list[Variant]] = {}
    for variant in variants:
        if all(str(variant) in fold.ndcg for fold in folds):
            families.setdefault(variant.family, []).append(variant)
    chosen = {family: _pick(folds, rows) for family, rows in families.items()}
    order = sorted(chosen, key=lambda family: -mean_metric(folds, _ndcg_of(chosen[family])))
    return {family: chosen[family] for family in order}


def _pick(folds: Sequence[Fold], family: Sequence[Variant]) -> Variant:
    """Return the variant with the largest gain over the first one that chance hardly explains."""
    usual = family[0]
    gains = [0.0] + [
        certain_gain(folds, _ndcg_of(variant), _ndcg_of(usual), VARIANT_ERRORS)
        for variant in family[1:]
    ]
    return family[gains.index(max(gains))]


def _ndcg_of(variant: Variant) -> Metric:
    return lambda fold: fold.ndcg[str(variant)]


def _without_visual(chosen: dict[str, Variant]) -> dict[str, Variant]:
    return {family: variant for family, variant in chosen.items() if family != VISUAL}


def _list_results(folds: Sequence[Fold], variants: Iterable[Variant]) -> list[ValidatedCandidate]:
    """Return the mean NDCG@10 of every variant over the folds that tried it."""
    results = []
    for variant in variants:
        tried = [fold for fold in folds if str(variant) in fold.ndcg]
        if tried:
            ndcg = round(mean_metric(tried, _ndcg_of(variant)), 5)
            results.append(ValidatedCandidate(**variant.reported.model_dump(), ndcg_at_10=ndcg))
    return results
