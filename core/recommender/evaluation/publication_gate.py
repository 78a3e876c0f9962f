"""What is told of a training, and whether its model may be published."""

from core.recommender.candidates import POPULARITY
from core.recommender.evaluation.holdout_metrics import BLEND, Row
from core.recommender.evaluation.split import Split
from core.recommender.purchases import Lines
from core.recommender.ranking.blend import Weights
from core.recommender.ranking.tuning import Choice

MODEL = "model"


def shown(weights: Weights) -> Row:
    """Weights as the report has them."""
    return {"usual": weights.usual, "thin": weights.thin, "cold": weights.cold}


def gate(choice: Choice, tested: dict[str, Row]) -> Row:
    """What is published, and why: nothing that is not proven to be better than popularity."""
    if not choice.validated:
        return {
            "published": POPULARITY,
            "why": "too few users came back to choose by: popularity is published",
        }
    if BLEND not in tested:
        return {
            "published": POPULARITY,
            "why": "nobody came back to measure by: popularity is published",
        }
    model, popularity = (tested[name]["ndcg@10"] for name in (BLEND, POPULARITY))
    if model < popularity:
        why = f"NDCG@10 {model:.4f} is below popularity's {popularity:.4f}: popularity is published"
        return {"published": POPULARITY, "why": why}
    why = f"NDCG@10 {model:.4f}, popularity's is {popularity:.4f}: the model is published"
    return {"published": MODEL, "why": why}


def told(lines: Lines, test: Split, choice: Choice, tested: dict[str, Row]) -> Row:
    """The report, less how long it took."""
    return {
        "rows": len(lines),
        "users": lines.users,
        "items": lines.items,
        "split": {
            "by": "user" if test.days is None else "time",
            "days": test.days,
            "learned": len(test.learned),
            "held": len(test.held),
        },
        "validation": choice.validated,
        "chosen": [variant.row() for variant in choice.variants.values()],
        "weights": shown(choice.weights),
        "test": tested,
        "gate": gate(choice, tested),
    }
