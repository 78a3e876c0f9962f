"""`lookalike keys`, run as its users run it."""

import json
import subprocess
import sys

import pytest


def keys(data, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "lookalike", "keys", *arguments],
        env={"LOOKALIKE_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "words", [["--role", "read"], [], ["--role", "write"], ["--role", "admin", "-c", "shop"]]
)
def test_a_first_key_that_would_shut_everybody_out_is_refused(tmp_path, words):
    done = keys(tmp_path, "create", "web shop", *words)
    assert done.returncode == 1
    assert "lookalike keys create me --role admin" in done.stderr
    assert json.loads(keys(tmp_path, "list", "--json").stdout) == []


def test_behind_a_first_key_for_admin_any_other_is_made(tmp_path):
    assert keys(tmp_path, "create", "me", "--role", "admin").returncode == 0
    assert keys(tmp_path, "create", "web shop", "--role", "read", "-c", "shop").returncode == 0
    told = json.loads(keys(tmp_path, "list", "--json").stdout)
    assert [one["role"] for one in told] == ["admin", "read"]
