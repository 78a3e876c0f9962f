"""`lookalike keys`, run as its users run it."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from core.errors import StorageFull
from core.storage import Audit, Files, Keys
from lookalike.cli.server.keys import app


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


def test_who_made_and_who_took_away_a_key_is_in_the_audit(tmp_path):
    made = keys(tmp_path, "create", "me", "--role", "admin", "--json")
    told = json.loads(made.stdout)
    keys(tmp_path, "revoke", told["id"])
    (day,) = (tmp_path / "store" / "audit").iterdir()
    lines = [json.loads(line) for line in day.read_text().splitlines()]
    assert [line["command"] for line in lines] == ["keys create", "keys revoke"]
    assert {(line["key"], line["uid"]) for line in lines} == {(told["id"], os.getuid())}
    assert told["key"].split("_", 2)[2] not in day.read_text()


def test_a_key_whose_making_cannot_be_recorded_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setattr(Audit, "add", lambda *_, **__: unrecorded())
    done = CliRunner().invoke(app, ["create", "me", "--role", "admin"])
    assert isinstance(done.exception, StorageFull)
    assert "lk_" not in done.output
    assert not Keys(Files((tmp_path / "store").as_uri())).any()


def unrecorded():
    raise StorageFull("no room")
