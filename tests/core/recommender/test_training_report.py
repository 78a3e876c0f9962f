import subprocess
import sys

from core.recommender.training_report import (
    BlendWeights,
    CandidateResult,
    Metrics,
    compare_segments,
    sort_results,
)


def test_the_api_can_import_it_without_numpy():
    code = "import core.recommender.training_report, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_rankings_are_sorted_with_the_blend_and_popularity_first():
    ndcg = {"a": 0.1, "popularity": 0.2, "b": 0.9, "blend": 0.3}
    results = {name: CandidateResult(ndcg_at_10=value) for name, value in ndcg.items()}
    assert list(sort_results(results)) == ["blend", "popularity", "b", "a"]


def test_segments_of_the_model_and_of_popularity_are_paired():
    new, few = Metrics(users=5), Metrics(users=7, ndcg_at_10=0.5)
    results = {
        "blend": CandidateResult(segments={"few": few}),
        "popularity": CandidateResult(segments={"new": new, "few": Metrics(users=7)}),
    }
    rows = [
        (row.segment, row.users, row.model, row.popularity) for row in compare_segments(results)
    ]
    assert rows == [("new", 5, Metrics(), new), ("few", 7, few, Metrics(users=7))]


def test_weights_are_listed_by_size():
    weights = BlendWeights({"a": 0.2, "b": 0.8})
    assert weights.rows == [("b", 0.8), ("a", 0.2)]
    assert weights.uses("a")
    assert not weights.uses("c")
