"""`lookalike keys`, run as a process."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from core.errors import StorageFull
from core.storage import Audit, Keys, open_backend
from lookalike.cli import app


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
def test_a_first_key_that_would_lock_everybody_out_is_refused(tmp_path, words):
    done = keys(tmp_path, "create", "web shop", *words)
    assert done.returncode == 1
    assert "lookalike keys create me --role admin" in done.stderr
    assert json.loads(keys(tmp_path, "list", "--json").stdout) == []


def test_after_a_first_admin_key_any_other_can_be_created(tmp_path):
    assert keys(tmp_path, "create", "me", "--role", "admin").returncode == 0
    assert keys(tmp_path, "create", "web shop", "--role", "read", "-c", "shop").returncode == 0
    created = json.loads(keys(tmp_path, "list", "--json").stdout)
    assert [key["role"] for key in created] == ["admin", "read"]


def test_creating_and_revoking_a_key_is_in_the_audit_log(tmp_path):
    key = json.loads(keys(tmp_path, "create", "me", "--role", "admin", "--json").stdout)
    keys(tmp_path, "revoke", key["id"])
    (day,) = (tmp_path / "store" / "audit").iterdir()
    lines = [json.loads(line) for line in day.read_text().splitlines()]
    assert [line["command"] for line in lines] == ["keys create", "keys revoke"]
    assert {(line["key"], line["uid"]) for line in lines} == {(key["id"], os.getuid())}
    assert key["key"].split("_", 2)[2] not in day.read_text()


def test_a_key_is_not_created_if_that_cannot_be_logged(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setattr(Audit, "add", fail_to_write)
    done = CliRunner().invoke(app, ["keys", "create", "me", "--role", "admin"])
    assert (done.exit_code, done.stderr) == (1, "lookalike: no room\n")
    assert "lk_" not in done.output
    assert not Keys(open_backend((tmp_path / "store").as_uri())).exist()


def fail_to_write(*_, **__):
    raise StorageFull("no room")
