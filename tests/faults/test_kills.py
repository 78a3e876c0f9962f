"""Each process is killed in turn while a shop is filled, trained and thinned out."""

import gc
import sys

import pytest

from embedded.stack import Stack
from tests.faults.campaign.run import SHORT, run_campaign
from tests.faults.campaign.table import HEAD, format_kills, format_row
from tests.support.stack_settings import WHOLE, make_settings

pytestmark = pytest.mark.stack


# the HTTP client leaves a socket open if its server dies in the middle of a response
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_after_any_kill_nothing_acknowledged_is_lost_and_nothing_deleted_returns(tmp_path, capsys):
    with Stack(make_settings(tmp_path / "data", **WHOLE)) as stack:
        run = run_campaign(stack, 1, SHORT)
        names = set(stack.names)
    gc.collect()
    with capsys.disabled():
        sys.stdout.write("\n".join(["", HEAD, format_row(run), format_kills([run]), ""]))
    assert run.violation == ""
    assert set(run.kills) == names
