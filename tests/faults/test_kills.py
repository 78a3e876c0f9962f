"""Each process is killed in turn while a shop is filled, trained and thinned out."""

import gc
import sys

import pytest

from embedded.stack import Stack
from tests.faults.campaign.run import SHORT, run_campaign
from tests.faults.campaign.table import HEAD, format_kills, format_row
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack


# the HTTP client leaves a socket open if its server dies in the middle of a response
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_after_any_kill_nothing_acknowledged_is_lost_and_nothing_deleted_returns(tmp_path, capsys):
    with Stack(make_settings(tmp_path / "data")) as stack:
        runs = [run_campaign(stack, seed, SHORT) for seed in (1, 2)]
        names = set(stack.names)
    gc.collect()
    with capsys.disabled():
        sys.stdout.write("\n".join(["", HEAD, *map(format_row, runs), format_kills(runs), ""]))
    assert [run.violation for run in runs] == ["", ""]
    assert all(set(run.kills) == names for run in runs)
