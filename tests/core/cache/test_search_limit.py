from contextlib import ExitStack, suppress

import pytest

from core.cache.search_limit import SearchLimit
from core.errors import NotFound, Unavailable


def capacity(limit):
    """The number of searches that may run at the same time."""
    with ExitStack() as running:
        for count in range(1000):
            try:
                running.enter_context(limit.slot())
            except Unavailable:
                return count
    raise AssertionError


def fail(limit, times, error=Unavailable):
    for _ in range(times):
        with suppress(error), limit.slot():
            raise error("no response")


@pytest.mark.parametrize(
    ("failures", "successes", "expected"),
    [(0, 0, 64), (0, 9, 64), (1, 0, 32), (2, 0, 16), (9, 0, 4), (9, 6, 10), (9, 99, 64)],
)
def test_unanswered_searches_halve_the_limit_and_answered_ones_raise_it(
    failures, successes, expected
):
    limit = SearchLimit(64, 4)
    fail(limit, failures)
    for _ in range(successes):
        with limit.slot():
            pass
    with ExitStack() as running:
        for _ in range(expected):
            running.enter_context(limit.slot())
        with pytest.raises(Unavailable, match="too many searches"), limit.slot():
            pass


def test_an_answer_that_is_an_error_of_the_caller_leaves_the_limit():
    limit = SearchLimit(64, 4)
    fail(limit, 20, NotFound)
    assert capacity(limit) == 64


def test_a_search_that_has_ended_frees_its_place():
    limit = SearchLimit(1, 1)
    for error in (NotFound, Unavailable):
        fail(limit, 3, error)
        with limit.slot():
            pass
