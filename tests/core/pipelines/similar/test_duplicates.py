"""Comparing vectors and pictures must not slow down imports and searches."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from threadpoolctl import threadpool_info, threadpool_limits

from core.pipelines.similar.import_priority import OneCore, give_way


def niceness():
    return os.getpriority(os.PRIO_PROCESS, 0)


def parent_and_child():
    with ThreadPoolExecutor(1, initializer=give_way) as pool:
        return niceness(), pool.submit(niceness).result()


def test_threads_that_compare_pictures_have_a_lower_priority_than_those_that_start_them():
    with ThreadPoolExecutor(1, initializer=lambda: os.nice(10)) as worker:  # as worker-embed has
        parent, child = worker.submit(parent_and_child).result()
    assert niceness() < parent < child


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_overlapping_computations_on_one_core_leave_the_limit_as_it_was():
    one_core, first, second = OneCore(), ExitStack(), ExitStack()
    with threadpool_limits(2, user_api="blas"):
        first.enter_context(one_core)
        second.enter_context(one_core)
        first.close()
        assert blas_threads() == {1}
        second.close()
        assert blas_threads() == {2}
