"""`lookalike audit`, run as a process."""

import json
import os
import subprocess
import sys

import pytest

from core.storage import Audit, open_backend
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


def lines(store, *arguments):
    done = audit(store, *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_log(store):
    files = open_backend(store)
    for day in ("2025-12-31", "2026-01-01"):
        files.append(f"audit/{day}.jsonl", b'{"day": "%s"}\n' % day.encode())
    for n in range(3):
        Audit(files).add(n=n, path="/v1/ü")
    return store


def test_lines_are_printed_in_the_order_they_were_written(tmp_path):
    entries = lines(write_log(tmp_path.as_uri()))
    assert [entry.get("day", entry.get("n")) for entry in entries] == [
        "2025-12-31", "2026-01-01", 0, 1, 2,
    ]  # fmt: skip


def test_only_the_requested_days_are_printed(tmp_path):
    store = write_log(tmp_path.as_uri())
    assert lines(store, "--since", "2026-01-01", "--until", "2026-01-01") == [{"day": "2026-01-01"}]
    assert lines(store, "--until", "2026-01-01")[0] == {"day": "2025-12-31"}
    assert audit(store, "--since", "yesterday").returncode == 2


def test_an_empty_log_prints_nothing(tmp_path):
    assert lines(tmp_path.as_uri()) == []


@pytest.mark.stack
def test_lines_in_a_bucket_are_printed_too():
    with s3_server() as endpoint:
        assert len(lines(write_log(bucket_url(endpoint, "x")))) == 5
