"""How our supervisord differs from the stock one."""

import time

from supervisor.states import ProcessStates

from embedded.supervisord import MAX_BACKOFF_S, CappedBackoffProcess


def test_the_wait_before_a_restart_is_capped() -> None:
    process = CappedBackoffProcess(config=None)
    waits = []
    for _ in range(1000):
        process.change_state(ProcessStates.STARTING)
        process.change_state(ProcessStates.BACKOFF)
        waits.append(round(process.delay - time.time()))
    assert waits == [*range(1, MAX_BACKOFF_S), *[MAX_BACKOFF_S] * (1000 - MAX_BACKOFF_S + 1)]
