"""Each process is killed in turn while a shop is filled, trained and thinned out."""

import gc
import sys

import pytest

from embedded.stack import Stack
from tests.faults.campaign import SHORT, run
from tests.faults.table import HEAD, kills, row
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack


# the client's library leaves sockets open whose server dies in the middle of an answer
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_whatever_is_killed_nothing_acknowledged_is_lost_and_nothing_deleted_returns(
    tmp_path, capsys
):
    with Stack(make_settings(tmp_path / "data")) as stack:
        runs = [run(stack, seed, SHORT) for seed in (1, 2, 3)]
        names = set(stack.names)
    gc.collect()
    with capsys.disabled():
        sys.stdout.write("\n".join(["", HEAD, *map(row, runs), kills(runs), ""]))
    assert [one.broken for one in runs] == ["", "", ""]
    assert all(set(one.kills) == names for one in runs)
