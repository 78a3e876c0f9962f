import io
import json
import logging
import os
import re

import pytest

from core.observability import logs
from core.storage import Files, Pseudonyms

KEY = "lk_0a1b2c3d_" + "x" * 43


@pytest.fixture
def log():
    """Our logging on a stream, and the root logger as it was after it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    logs.install({"s3cret", "root:pass"}, stream=stream)
    yield logging.getLogger("shop"), stream
    root.handlers, root.level = before
    logging.captureWarnings(False)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_of_json(log):
    logger, stream = log
    logger.info("two\nlines of %s", "ünïcode", extra={"fields": {"status": 200}})
    (line,) = lines(stream)
    assert line["message"] == "two\nlines of ünïcode"
    assert (line["level"], line["logger"], line["status"]) == ("info", "shop", 200)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])
    assert "request_id" not in line


def test_text_that_is_no_utf_8_can_be_logged():
    record = logging.makeLogRecord({"msg": "\ud800"})
    line = logs.JsonLines(logs.Redaction()).format(record).encode()
    assert json.loads(line)["message"] == "\ud800"


def test_what_is_set_is_in_every_line(log):
    logger, stream = log
    tokens = logs.request_id.set("r-1"), logs.job_id.set("j-1")
    logger.warning("in it")
    logs.request_id.reset(tokens[0])
    logs.job_id.reset(tokens[1])
    logger.warning("out of it")
    first, second = lines(stream)
    assert (first["request_id"], first["job_id"]) == ("r-1", "j-1")
    assert "job_id" not in second


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("redis://:s3cret@db:6379/0", "redis://:***@db:6379/0"),
        ("at rediss://ann:other@db/0 now", "at rediss://ann:***@db/0 now"),
        ("token root:pass.", "token ***."),
        (f"Bearer {KEY}", "Bearer lk_0a1b2c3d_***"),
        ("http://db:6379/0 and a@b", "http://db:6379/0 and a@b"),
    ],
)
def test_no_secret_is_logged(log, text, told):
    logger, stream = log
    logger.info("%s", text)
    logger.error("a bug", exc_info=ValueError(text))
    first, second = lines(stream)
    assert first["message"] == told
    assert f"ValueError: {told}" in second["exception"]


def test_a_terminal_gets_lines_for_people():
    ours, theirs = os.openpty()
    root = logging.getLogger()
    before = root.handlers, root.level
    with os.fdopen(theirs, "w") as stream:
        logs.install({"s3cret"}, stream=stream)
        logging.getLogger("shop").info("hello s3cret")
        root.handlers, root.level = before
        logging.captureWarnings(False)
    assert re.match(r"\d\d:\d\d:\d\d INFO +shop: hello \*\*\*\r?\n", os.read(ours, 1000).decode())
    os.close(ours)


def test_a_customer_has_one_pseudonym_in_a_store_and_another_elsewhere(tmp_path):
    stores = [Files((tmp_path / name).as_uri()) for name in ("one", "two")]
    first, again, other = (Pseudonyms(stores[n]).of("ann@x.org") for n in (0, 0, 1))
    assert re.fullmatch("~[0-9a-f]{12}", first)
    assert first == again == Pseudonyms(stores[0]).of(" ann@x.org")
    assert len({first, other, Pseudonyms(stores[0]).of("bob")}) == 3


def test_many_lines_are_written_at_once_each_with_its_own_request(log):
    _, stream = log
    writes = []
    stream.write, write = lambda text: writes.append(text) or write(text), stream.write
    logs.write(logging.makeLogRecord({"msg": name, "request_id": name}) for name in ("a", "b"))
    assert [(line["message"], line["request_id"]) for line in lines(stream)] == [
        ("a", "a"),
        ("b", "b"),
    ]
    assert len(writes) == 1


def test_lines_at_once_on_a_closed_stream_stop_nobody(log):
    _, stream = log
    stream.close()
    logs.write([logging.makeLogRecord({"msg": "late"})])
