import logging
from functools import partial

from core.errors import Unavailable
from workers.background_threads import ErrorLog


def test_an_error_is_logged_once_and_so_is_its_end(caplog):
    errors = ErrorLog("the sweep")

    def fail():
        raise Unavailable("Redis is unavailable") from ConnectionError("queue.example:6379")

    with caplog.at_level(logging.INFO):
        for call in (fail, fail, print, print, fail):
            errors.run(call)
    fails = "the sweep fails: Redis is unavailable (ConnectionError: queue.example:6379)"
    assert caplog.messages == [fails, "the sweep works again", fails]


def test_an_unexpected_error_is_logged_with_its_traceback_and_does_not_end_the_thread(caplog):
    ErrorLog("the sweep").run(partial(int, "x"))
    assert "ValueError" in caplog.text
