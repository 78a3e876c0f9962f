"""`lookalike audit`, run as its users run it."""

import json
import os
import subprocess
import sys

import pytest

from core.storage import Audit, Files
from tests.support.servers import bucket_url, s3_server


def audit(store, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "lookalike", "audit", *arguments],
        env={"LOOKALIKE_STORE_URL": store, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told(store, *arguments):
    done = audit(store, *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def written(store):
    files = Files(store)
    for day in ("2025-12-31", "2026-01-01"):
        files.append(f"audit/{day}.jsonl", b'{"day": "%s"}\n' % day.encode())
    for n in range(3):
        Audit(files).add(n=n, path="/v1/ü")
    return store


def test_lines_are_printed_in_the_order_they_were_written(tmp_path):
    lines = told(written(tmp_path.as_uri()))
    assert [line.get("day", line.get("n")) for line in lines] == [
        "2025-12-31", "2026-01-01", 0, 1, 2,
    ]  # fmt: skip


def test_days_that_are_not_asked_for_are_left_out(tmp_path):
    store = written(tmp_path.as_uri())
    assert told(store, "--since", "2026-01-01", "--until", "2026-01-01") == [{"day": "2026-01-01"}]
    assert told(store, "--until", "2026-01-01")[0] == {"day": "2025-12-31"}
    assert audit(store, "--since", "yesterday").returncode == 2


def test_where_nothing_was_changed_nothing_is_printed(tmp_path):
    assert told(tmp_path.as_uri()) == []


@pytest.mark.stack
def test_lines_in_a_bucket_are_printed_like_others():
    with s3_server() as endpoint:
        assert len(told(written(bucket_url(endpoint, "x")))) == 5
