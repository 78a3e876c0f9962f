"""Each process is killed in turn while a shop is filled, trained and thinned out."""

import gc
import sys

import pytest

from tests.faults.campaign.run import SHORT, run_campaign
from tests.faults.campaign.table import HEAD, format_kills, format_row

pytestmark = pytest.mark.stack


# the HTTP client leaves a socket open if its server dies in the middle of a response
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_after_any_kill_nothing_acknowledged_is_lost_and_nothing_deleted_returns(stack, capsys):
    run = run_campaign(stack, 1, SHORT)
    gc.collect()
    with capsys.disabled():
        sys.stdout.write("\n".join(["", HEAD, format_row(run), format_kills([run]), ""]))
    assert run.violation == ""
    assert set(run.kills) == set(stack.names)
