"""`lookalike keys`."""

import json
import os

import pytest
from typer.testing import CliRunner

from core.domain import EncoderIdentity
from core.errors import StorageFull
from core.storage import Audit, Collections, Keys, open_backend
from lookalike.cli import app


def keys(data, *arguments):
    return CliRunner(env={"LOOKALIKE_DATA": str(data)}).invoke(app, ["keys", *arguments])


@pytest.mark.parametrize(
    "words", [["--role", "read"], [], ["--role", "write"], ["--role", "admin", "-c", "shop"]]
)
def test_a_first_key_that_would_lock_everybody_out_is_refused(tmp_path, words):
    done = keys(tmp_path, "create", "web shop", *words)
    assert done.exit_code == 1
    assert "lookalike keys create me --role admin" in done.stderr
    assert json.loads(keys(tmp_path, "list", "--json").stdout) == []


def test_after_a_first_admin_key_any_other_can_be_created(tmp_path):
    assert keys(tmp_path, "create", "me", "--role", "admin").exit_code == 0
    words = ("--role", "read", "-c", "shop", "--yes")
    assert keys(tmp_path, "create", "web shop", *words).exit_code == 0
    created = json.loads(keys(tmp_path, "list", "--json").stdout)
    assert [key["role"] for key in created] == ["admin", "read"]


def test_a_key_for_a_collection_that_does_not_exist_is_created_only_if_that_is_confirmed(tmp_path):
    keys(tmp_path, "create", "me", "--role", "admin")
    files = open_backend((tmp_path / "store").as_uri())
    Collections(files).create("shop", encoder=EncoderIdentity("x", dim=8))
    done = keys(tmp_path, "create", "till", "-c", "shop", "-c", "shpo")
    assert done.exit_code == 1
    assert "Collection shpo does not exist (existing: shop)" in done.stderr
    assert len(Keys(files).all()) == 1
    assert keys(tmp_path, "create", "till", "-c", "shop").exit_code == 0
    assert keys(tmp_path, "create", "till", "-c", "shpo", "--yes").exit_code == 0
    assert [key.collections for key in Keys(files).all()] == [(), ("shop",), ("shpo",)]


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
