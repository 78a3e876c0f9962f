"""How our supervisord differs from the stock one."""

import time

import pytest
from supervisor.states import ProcessStates

from embedded.supervisord import MAX_BACKOFF_S, CappedBackoffProcess


def test_the_wait_before_a_restart_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    process = CappedBackoffProcess(config=None)
    waits = []
    for _ in range(1000):
        process.change_state(ProcessStates.STARTING)
        process.change_state(ProcessStates.BACKOFF)
        waits.append(process.delay - 1000)
    assert waits == [*range(1, MAX_BACKOFF_S), *[MAX_BACKOFF_S] * (1000 - MAX_BACKOFF_S + 1)]
