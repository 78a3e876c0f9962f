"""What `lookalike rebuild` prints about the recipe."""

from datetime import UTC, datetime

import pytest

from lookalike.cli.commands.maintenance import rebuild_summary
from lookalike.models import Job

FIT = {"sampled": 1000, "same_image_before": 0.925, "same_image_after": 0.948}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, "2 items embedded with a"),
        (
            {"fit": {"accepted": True, **FIT}},
            "2 items embedded with a, recipe fitted to 1,000 images, originals of distorted images "
            "found first: 92.5% before, 94.8% now",
        ),
        (
            {"fit": {"accepted": True, **FIT, "colour_weight": 0.3}},
            "2 items embedded with a, recipe fitted to 1,000 images, colour weighs 0.30, originals "
            "of distorted images found first: 92.5% before, 94.8% now",
        ),
        (
            {"fit": {"accepted": False, **FIT}, "refusal": "it is worse"},
            "2 items embedded with a, recipe not fitted: it is worse",
        ),
    ],
)
def test_the_summary_of_a_rebuild_says_what_came_of_a_fit(result, expected):
    progress = {"total": 2, "done": 2, "failed": 0, "skipped": 0}
    job = Job.from_json({
        "id": "x", "kind": "rebuild", "collection": "shop", "state": "succeeded",
        "created_at": datetime.now(UTC).isoformat(), "progress": progress,
        "result": {"encoder": "a", **result},
    })  # fmt: skip
    assert rebuild_summary(job) == expected
