import gc
from contextlib import suppress

from core.pipelines.train.garbage_collection import paused_garbage_collection


def test_the_garbage_collector_is_paused_and_runs_again_even_after_an_error():
    with suppress(KeyError), paused_garbage_collection():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_a_garbage_collector_that_was_off_before_stays_off():
    with paused_garbage_collection():
        with paused_garbage_collection():
            pass
        assert not gc.isenabled()
