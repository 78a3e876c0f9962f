import io
import json
import logging
import os
import re

import pytest

from core.observability import logs
from core.storage import Pseudonyms, open_backend

KEY = "lk_0a1b2c3d_" + "x" * 43


@pytest.fixture
def log():
    """Yield a logger that writes to a stream; restore the root logger afterwards."""
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


def test_text_that_is_not_valid_utf_8_can_be_logged():
    record = logging.makeLogRecord({"msg": "\ud800"})
    line = logs.JsonFormatter(logs.Redaction()).format(record).encode()
    assert json.loads(line)["message"] == "\ud800"


def test_the_current_ids_are_in_every_line(log):
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
    ("text", "redacted"),
    [
        ("redis://:s3cret@db:6379/0", "redis://:***@db:6379/0"),
        ("at rediss://ann:other@db/0 now", "at rediss://ann:***@db/0 now"),
        ("token root:pass.", "token ***."),
        (f"Bearer {KEY}", "Bearer lk_0a1b2c3d_***"),
        ("http://db:6379/0 and a@b", "http://db:6379/0 and a@b"),
    ],
)
def test_no_secret_is_logged(log, text, redacted):
    logger, stream = log
    logger.info("%s", text)
    logger.error("a bug", exc_info=ValueError(text))
    first, second = lines(stream)
    assert first["message"] == redacted
    assert f"ValueError: {redacted}" in second["exception"]


def test_a_terminal_gets_plain_lines():
    reader, writer = os.openpty()
    root = logging.getLogger()
    before = root.handlers, root.level
    with os.fdopen(writer, "w") as stream:
        logs.install({"s3cret"}, stream=stream)
        logging.getLogger("shop").info("hello s3cret")
        root.handlers, root.level = before
        logging.captureWarnings(False)
    assert re.match(r"\d\d:\d\d:\d\d INFO +shop: hello \*\*\*\r?\n", os.read(reader, 1000).decode())
    os.close(reader)


def test_a_user_has_one_pseudonym_per_store(tmp_path):
    stores = [open_backend((tmp_path / name).as_uri()) for name in ("one", "two")]
    first, again, other = (Pseudonyms(stores[n]).pseudonym_of("ann@x.org") for n in (0, 0, 1))
    assert re.fullmatch("~[0-9a-f]{12}", first)
    assert first == again == Pseudonyms(stores[0]).pseudonym_of(" ann@x.org")
    assert len({first, other, Pseudonyms(stores[0]).pseudonym_of("bob")}) == 3


def test_a_batch_is_one_write_and_each_line_has_its_own_request(log):
    _, stream = log
    writes = []
    stream.write, write = lambda text: writes.append(text) or write(text), stream.write
    logs.write(logging.makeLogRecord({"msg": name, "request_id": name}) for name in ("a", "b"))
    assert [(line["message"], line["request_id"]) for line in lines(stream)] == [
        ("a", "a"),
        ("b", "b"),
    ]
    assert len(writes) == 1


def test_a_batch_for_a_closed_stream_raises_nothing(log):
    _, stream = log
    stream.close()
    logs.write([logging.makeLogRecord({"msg": "late"})])
