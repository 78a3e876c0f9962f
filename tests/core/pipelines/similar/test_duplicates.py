"""Comparing pictures must not slow down imports and searches."""

import os
from concurrent.futures import ThreadPoolExecutor

from core.pipelines.similar.duplicates import give_way


def test_threads_that_compare_pictures_have_a_lower_priority_than_those_that_start_them():
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with ThreadPoolExecutor(1, initializer=give_way) as pool:
        assert pool.submit(os.getpriority, os.PRIO_PROCESS, 0).result() > own
    assert os.getpriority(os.PRIO_PROCESS, 0) == own
