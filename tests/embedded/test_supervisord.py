"""What our supervisord does otherwise than the one it is made of."""

import time

from supervisor.states import ProcessStates

from embedded.supervisord import MOST_S, Process


def test_however_often_a_part_died_at_its_start_it_is_soon_started_again() -> None:
    part = Process(config=None)
    waits = []
    for _ in range(1000):
        part.change_state(ProcessStates.STARTING)
        part.change_state(ProcessStates.BACKOFF)
        waits.append(round(part.delay - time.time()))
    assert waits == [*range(1, MOST_S), *[MOST_S] * (1000 - MOST_S + 1)]
