"""What a shop sends on its second day changes only what it should."""

import pytest

from tests.support.second_day import STEPS, SecondDay

pytestmark = pytest.mark.stack


def test_the_second_day_leaves_the_state_of_the_reference_model(shop):
    day = SecondDay(shop)
    for step in STEPS:
        step(day)
    assert shop.verify()["sound"]
